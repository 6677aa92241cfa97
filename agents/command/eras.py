"""Eras by name: "20th century classics", "before the second world war", "the interwar years" become years.

Contract: pure; only in a catalogue with years. An era that a story is set in, or that is part of a name ("20th Century
Fox"), stays: it is when a thing was made only beside a word for the thing, or alone.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.periods import newest_year
from stillroom.agents.rules.text import stem
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import FacetKind

_THINGS: Final = frozenset(
    [
        "film",
        "movie",
        "flick",
        "picture",
        "cinema",
        "classic",
        "book",
        "novel",
        "title",
        "stuff",
        "thing",
        "one",
        "release",
        "item",
        "production",
    ]
)
_SPANS: Final = (
    (r"(?:the )?(?:20th|twentieth)[- ]century", "from before 2000"),
    (r"(?:the )?(?:21st|twenty[- ]first)[- ]century", "since 2000"),
    (r"(?:the )?inter-?war(?: (?:years|period|era))?", "from 1919 to 1938"),
    (r"(?:the )?post-?war(?: (?:years|period|era))?", "from 1946 to 1959"),
    (r"(?:the )?pre-code(?: (?:years|period|era|hollywood))?", "from 1929 to 1934"),
    (r"this year's", "from {newest}"),
)
_THE_WAR: Final = r"(?:the )?(?:{number} world war|world war (?:{word})|ww ?(?:{word}))\b"
_SECOND: Final = _THE_WAR.format(number="(?:second|2nd)", word="two|2|ii")
_FIRST: Final = _THE_WAR.format(number="(?:first|1st)", word="one|1|i")
_MADE: Final = (
    r"(?P<made>^|\b(?:films?|movies?|books?|novels?|anything|something|nothing|stuff|classics"
    r"|only|from|made|released|shot|out|{noun}s?) )"
)
_SIDES: Final = ((rf"before {_SECOND}", "before 1939"), (rf"after {_SECOND}", "after 1945"),
                 (rf"before {_FIRST}", "before 1914"), (rf"after {_FIRST}", "after 1918"),
                 (r"between the (?:two )?(?:world )?wars\b", "from 1919 to 1938"))  # fmt: skip
_TURN: Final = re.compile(
    r"(?:(?<!set )\b(?:from|around) |^)(?:around )?(?:the )?turn of the (?:century|millennium"
    r"|21st century)\b(?! [\w'])",
    re.IGNORECASE,
)
_NAUGHTIES: Final = re.compile(r"\bthe (?:naughties|oughts)\b", re.IGNORECASE)
_THIS_YEAR: Final = re.compile(
    r"\b(?:(?:from|of|made in|released in|out in) |(?P<out>released |out ))this year\b(?!['\u2019])", re.I
)
# No title ("The Last Decade"), and "the last two decades" may be of anything.
_LAST: Final = re.compile(
    r"(?:(?:films?|movies?|books?) )?(?P<span>(?:[Ll]ast|[Pp]ast) (?:decade|\w+ (?:years|decades)))[.! ]*"
)
_AGE: Final = re.compile(
    r"[,.;]? ?\b(?:and |because |since )?(?:i'm|i\u2019m|im|i am) (?P<age>[1-9]\d)(?: years old| yo)?(?=$"
    r"|[,.;!]| (?:so|and)\b)[,.;]?(?: so\b)?",
    re.I,
)
_BEFORE_ME: Final = re.compile(
    r"\b(?:before (?:i was (?:even )?born|my birth|my time)|older than (?:me|i am|myself))\b(?! at\b)", re.I
)
_BORN: Final = re.compile(
    r"\bi was born in (?P<year>(?:19|20)\d\d)\b[,.;]? ?(?P<between>[\w ]{0,30}?)\b(?P<side>before|after"
    r"|since) (?:that|then|it)\b",
    re.I,
)


def name_eras(command: str, catalogue: Catalogue) -> str:
    """Return the command with eras by name said as years."""
    newest = newest_year(catalogue)
    if newest is None:
        return command
    command = _BORN.sub(r"\g<between>\g<side> \g<year>", command)
    command = _before_me(command, newest)
    command = _TURN.sub("from 1998 to 2002", command)
    command = _NAUGHTIES.sub("the noughties", command)
    command = _THIS_YEAR.sub(lambda found: f"{found['out'] or ''}{'in' if found['out'] else 'from'} {newest}", command)
    if last := _LAST.fullmatch(command):
        command = f"from the {last['span']}"
    made = _MADE.format(noun=re.escape(catalogue.schema.noun))
    for side, years in _SIDES:
        command = re.sub(f"{made}{side}", rf"\g<made>{years}", command, flags=re.IGNORECASE)
    for era, years in _SPANS:
        command = _made_in(command, era, years.format(newest=newest), catalogue)
    return command


def _before_me(command: str, newest: int) -> str:
    """Replace "before I was born" by a year where the age is told as well."""
    age = _AGE.search(command)
    if age is None or not _BEFORE_ME.search(command):
        return command
    rest = f"{command[: age.start()]} {command[age.end() :]}".strip()
    return _BEFORE_ME.sub(f"before {newest - int(age['age'])}", rest)


def _made_in(command: str, era: str, years: str, catalogue: Catalogue) -> str:
    """Replace an era that stands alone, or before a word for the catalogue's things."""
    if re.fullmatch(rf"(?:from |of )?{era}[.! ]*", command, re.IGNORECASE):
        return years
    command = re.sub(
        rf"\b(?:from|of) the {era.removeprefix('(?:the )?').removesuffix('?')}", years, command, flags=re.I
    )
    found = re.search(
        rf"(?<!')\b(?:from |of )?{era} (?P<thing>[\w-]+)\b(?=$|[.,;!?]| (?:please|only|with|about)\b)",
        command,
        re.IGNORECASE,
    )
    if found is None or not _is_thing(found["thing"].lower(), catalogue):
        return command
    return f"{command[: found.start()]}{found['thing']} {years}{command[found.end() :]}"


def _is_thing(word: str, catalogue: Catalogue) -> bool:
    first = catalogue.schema.first(FacetKind.CATEGORICAL)
    column = catalogue.sets.get(first.name) if first else None
    kinds = {value.casefold() for value in column.values} if column else set()
    return stem(word) in _THINGS | kinds | {catalogue.schema.noun} or word in _THINGS
