"""Moods and occasions: "make me laugh", "it's christmas", "my kids are watching" are said as wishes for something.

A model reads "something sad" rightly and takes "sad", "scare me" or "scarier" for talk. Only where a catalogue has
themes of stories to hold what is wished, and only where the words are a clause of their own: "no sad films", a title
and a longer phrase that holds such a word stay word for word.

Contract: pure, and any text may come in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import CatalogueSchema, FacetKind

_I: Final = r"(?:i|we)"
_ME: Final = r"(?:me|us)"
_I_WOULD: Final = r"(?:i would|i'd|we would|we'd)"
_TO_BE: Final = (
    rf"(?:(?:{_I} (?:just |really )*(?:want to|wanna|need to|feel like)|{_I_WOULD} (?:really )?like to) (?:be |feel )?)"
)
_TO_HAVE: Final = (
    rf"(?:(?:{_I} (?:just |really )*(?:want|need|fancy|feel like|could do with)|{_I_WOULD} (?:really )?like)"
    r" (?:a |some )?)"
)
_TO_MAKE: Final = rf"(?:(?:something |anything )?(?:to|that|which|that will|which will) )?makes? {_ME}"
_IT_IS: Final = r"(?:it is |it's |its )(?:almost |nearly |soon |already )?"
_NOUN: Final = r"(?:films?|movies?|flicks?|stuff|ones?)"
_KIDS: Final = (
    r"(?:my |our |the |little |small |young )*"
    r"(?:kids?|kiddos?|child|children|toddlers?|little ones|grandkids|grandchildren|\d{1,2}[- ]years?[- ]olds?)"
)

# Words that are a wish wherever they are a clause.
_PHRASES: Final = {
    "something funny": (
        rf"{_TO_BE}laugh(?:ing)?|{_TO_HAVE}(?:good |proper |big )?(?:laughs?|giggle|chuckle)"
        rf"|{_TO_MAKE} (?:laugh|giggle|chuckle)|a good laugh"
    ),
    "something sad": (
        rf"{_TO_BE}(?:cry|weep|sob)(?: (?:my|our) eyes out)?|{_TO_HAVE}(?:good |proper )?(?:cry|weep|sob)"
        rf"|{_TO_MAKE} (?:cry|weep|sob)|(?:a )?good cry"
    ),
    "something scary": (
        rf"(?:something to )?(?:scare|frighten|terrify|spook) {_ME}|{_TO_BE}(?:scared|frightened|terrified|spooked)"
        rf"|{_TO_MAKE} (?:scream|jump)"
    ),
    "something feel-good": (
        rf"(?:something (?:to|that will) )?cheer {_ME} up|{_I} (?:really )?need cheering up"
        rf"|{_TO_MAKE} (?:happy|smile|feel (?:good|better|happy))"
        rf"|{_TO_BE}(?:happy|good|smile)"
    ),
    "something lighthearted": (
        rf"{_TO_BE}?(?:something to )?(?:(?:turn|switch|shut) (?:my|our) brains? off"
        rf"|(?:turn|switch|shut) off (?:my|our) brains?|brain off)"
        rf"|{_I} (?:do not|don'?t) want to think(?: too)?(?: much| hard)?"
    ),
    "something gentle": r"something (?:(?:to|i can) )?(?:fall asleep|doze off|go to sleep|sleep) to",
    "christmas": rf"{_IT_IS}(?:christmas|xmas)(?: time| eve| day)?",
    "halloween": rf"{_IT_IS}halloween",
    "something romantic": (
        rf"(?:{_IT_IS}|for )(?:valentine'?s?(?: day)?|date night|(?:our|my) anniversary)"
    ),
    "something for children": (
        rf"(?:something |anything |stuff )?(?:that )?{_KIDS} (?:can|could|will|would) (?:also |both |all )?"
        r"(?:watch|enjoy|like|see|love)(?: too| with (?:me|us))?"
        rf"|{_KIDS} (?:is|are|will be) (?:watching|joining)(?: too| in)?(?: with)?(?: me| us)?"
        rf"|(?:something |anything )?(?:that is )?(?:safe|suitable|appropriate|okay|ok|fine|good) for {_KIDS}"
        rf"|(?:something |anything )for {_KIDS}"
        rf"|(?:something |anything )?(?:{_I} can |to )?watch with {_KIDS}"
        rf"|(?:i am |i'm |we are |we're )?watching with {_KIDS}"
        r"|(?:something )?(?:kid|child|kids)[- ]?friendly"
    ),
}  # fmt: skip
# Words of kinds, with or without "something": what they are called otherwise.
_KINDS: Final = {
    "something romantic and funny": r"rom[- ]?coms?|romantic comed(?:y|ies)",
    "something feel-good": r"(?:feel-? ?good|happy(?! with\b)|happier|cheery|cheerier|jolly)",
    "something lighthearted": r"easy watch(?:es|ing)?|easy to watch|easy[- ]?going|mindless",
    "something surreal": r"trippy|trippier",
    "something more funny": r"funnier",
    "something scary": r"scarier|creepier|spookier",
    "something sad": r"sadder|tear ?-?jerk(?:ers?|ing)|weepies?",
    "something dark": r"darker",
    "something intelligent": r"smarter|cleverer|more intelligent",
    "something simple": r"simpler|easy to follow|easier to follow",
    "something thought-provoking": r"deep|deeper",
    "something old and well rated": (
        r"classics?|old(?:er)? (?:but|yet) (?:gold|golden|good|great)|oldies? but goodies?"
    ),
    "something popular, something older": r"(?:popular|famous|well[- ]known) (?:but|yet) old(?:er)?",
    "something romantic": rf"date[- ]night(?= {_NOUN})",
}  # fmt: skip
# Words that are read rightly beside "something", and are said alone.
_ALONE: Final = {
    "something sad": r"sad",
    "something scary": r"scary|creepy|spooky",
    "something silly": r"silly",
    "something dark": r"dark",
    "something romantic": r"valentine'?s day",
    "based on a true story": r"(?:a )?true (?:story|stories)",
    "christmas": r"(?:an? )?(?:christmas|xmas)",
    "something popular": r"(?:an? )?blockbusters?",
    "hidden gems": r"(?:an? )?sleeper hits?",
    "no boring films": r"(?:something |anything )?(?:that is |that's )?not boring|nothing boring",
    "no black and white films": r"in colou?r(?: only)?|only in colou?r",
}
_OPENING: Final = (
    r"(?P<before>(?:(?:oh|hi|hey|hello|ok|okay|well|um+|hm+|please|now|today|tonight|actually|yes|yeah|so)\b[,. ]*)*)"
)
_WANTED: Final = (
    rf"(?:(?:{_I}(?: just| really)* (?:want|need|fancy|feel like)|{_I_WOULD} like)(?: to (?:see|watch))?(?: watching)? "
    rf"|{_I} (?:am|are) (?:in the mood|looking) for |(?:i'm|we're) (?:in the mood|looking) for |in the mood for "
    rf"|(?:give|show|find|get) {_ME} |make it |(?:i|we) (?:want|need) it |how about |maybe )?"
)
_SOMETHING: Final = r"(?:(?:something|anything|stuff|an?|some)\b ?)?(?:(?:really|very|a bit|a little|much|even|nice) )*"
_CLOSING: Final = r"(?:,? (?:please|tonight|today|now|right now|this time|for once|for a change|instead|thanks))*"
_END: Final = rf"{_CLOSING}(?=\s*(?:$|[,.;!?](?!\d))| (?:but|and|with|from|under|no|nothing|not|so)\b)"
_CLAUSE: Final = re.compile(r"(?:^|[,.;!?] +| (?:but|so) )(?=\S)", re.IGNORECASE)
# "Sad and gory are out": what is first said may yet be refused.
_REFUSED: Final = re.compile(r"\b(?:is|are|was|were|hate|enough|out|no thanks?)\b|n['\u2019]t\b", re.IGNORECASE)
# A model reads the short form rightly in a longer sentence.
_MAX_SHORT: Final = 6
_MAX_CLAUSES: Final = 30
_XMAS: Final = re.compile(r"\bx-?mas\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Mood:
    """What a pattern at the beginning of a clause is said as; `first` ones are only meant so in the first clause."""

    said: str
    pattern: re.Pattern[str]
    first: bool = True


def _compile(said: str, words: str, *, first: bool = True) -> _Mood:
    return _Mood(said, re.compile(f"{_OPENING}{words}{_END}", re.IGNORECASE), first)


_MOODS: Final = (
    *(_compile(said, f"(?:{words})(?: {_NOUN})?", first=False) for said, words in _PHRASES.items()),
    *(_compile(said, f"{_WANTED}{_SOMETHING}(?:{words})(?: {_NOUN})?") for said, words in _KINDS.items()),
    *(_compile(said, f"(?:{words})(?: {_NOUN})?") for said, words in _ALONE.items()),
)


def name_moods(command: str, catalogue: Catalogue) -> str:
    """Return the command with moods and occasions said as wishes."""
    if not _has_stories(catalogue.schema):
        return command
    plainer = command.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    said = _XMAS.sub("christmas", plainer) if len(plainer.split()) <= _MAX_SHORT else plainer
    for clause in reversed([*islice(_CLAUSE.finditer(said), _MAX_CLAUSES)]):
        said = _say(said, clause.end(), is_first=clause.end() == 0)
    return command if said == plainer or _is_title(command, catalogue) else said


def _say(text: str, start: int, *, is_first: bool) -> str:
    """Replace a mood that stands where a clause begins."""
    for mood in _MOODS:
        found = mood.pattern.match(text, start) if is_first or not mood.first else None
        if found and not (mood.first and _REFUSED.search(text, found.end())):
            return f"{text[:start]}{found['before']}{mood.said}{text[found.end() :]}"
    return text


def _has_stories(schema: CatalogueSchema) -> bool:
    """Say whether a catalogue has themes that moods can be wished by; a shop's tags are its own."""
    return any(not facet.speech.own_themes for facet in schema.of_kind(FacetKind.TAG))


def _is_title(command: str, catalogue: Catalogue) -> bool:
    """Say whether a command is an item's title as it is written, in capitals: "True Story" is no true story."""
    said = command.strip(" .!?")
    row = catalogue.find_title(said) if said != plain(said) else None
    return row is not None and catalogue.titles[row] == said
