"""Retractions: which remembered constraints a command takes back, by name, by facet, or all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stillroom.agents.rules.cues import Cue
from stillroom.agents.rules.events import Event, Item, Mark, Word
from stillroom.agents.rules.numbers import Numbers
from stillroom.agents.rules.relative import Relative
from stillroom.agents.rules.text import words
from stillroom.agents.rules.vocabulary import Meaning
from stillroom.data.constraint import Constraint
from stillroom.data.preferences import Preferences
from stillroom.data.schema import CatalogueSchema, FacetKind

_RESET: Final = re.compile(
    r"\b(?:start(?:ing)? (?:over|again|afresh|anew|fresh|from (?:scratch|zero))|from scratch|reset"
    r"|clean slate|blank slate"
    r"|(?:forget|wipe|clear|scrap|delete|erase|drop|cancel|undo|scratch) (?:it all|everything|all(?:"
    r" of (?:it|that|this))?"
    r"|the lot|all my (?:preferences|filters|wishes)|all (?:the )?(?:filters|preferences|that))|begin"
    r" again|back to (?:square one|zero)"
    r"|new search|fresh start)\b"
)
_POLITE: Final = re.compile(
    r"\b(?:please|thanks|thank you|ok|okay|hey|hm+|well|now|then|you know so far|so far|so|just|and|actually|no|wait"
    r"|let us|let me|i want to|i would like to|can (?:we|you)|could (?:we|you)|i (?:have )?(?:said|told you))\b"
)
_LEFT: Final = (Cue.RETRACT,)
_RIGHT: Final = (Cue.ALLOW, Cue.RETRACT)


@dataclass(frozen=True)
class Retraction:
    """Ids to take back, and the spans of text that said so and mean nothing else."""

    ids: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()

    def covers(self, event: Event) -> bool:
        """Say whether the event belongs to words that only retract."""
        return any(start <= event.start and event.end <= end for start, end in self.spans)


def is_reset(text: str) -> bool:
    """Say whether the command takes back everything."""
    return _RESET.search(text) is not None


def is_only_reset(text: str) -> bool:
    """Say whether a plain text takes back everything and says nothing else."""
    rest = _RESET.sub(" ", text)
    return rest != text and not any(letter.isalnum() for letter in _POLITE.sub(" ", rest))


def find_retractions(
    text: str, events: Sequence[Event], preferences: Preferences, schema: CatalogueSchema
) -> Retraction:
    """Return what is taken back by name ("forget the heist thing", "horror is fine again", "any year is fine")."""
    ids: list[str] = []
    spans: list[tuple[int, int]] = []
    for hit in _any(schema).finditer(text):
        facets = _facets(hit.group(1), schema)
        ids += [item.id for item in preferences.remembered if item.constraint.facet in facets]
        spans.append(hit.span())
    for at, event in enumerate(events):
        if isinstance(event.content, Cue | Mark):
            continue
        cues = _reaching(events, at)
        if not cues:
            continue
        hits = _meant(text, event, preferences, schema, lift=Cue.ALLOW in cues)
        if hits:
            ids += [name for name in hits if name not in ids]
            spans.append((event.start, event.end))
    return Retraction(tuple(ids), tuple(spans))


def _reaching(events: Sequence[Event], at: int) -> set[Cue]:
    """Return the retracting cues that reach an event from the left or from the right, within its clause."""
    found: set[Cue] = set()
    for step, wanted in ((-1, _LEFT), (1, _RIGHT)):
        place, budget = at + step, 5
        while 0 <= place < len(events) and budget:
            content = events[place].content
            if isinstance(content, Mark) and content.text not in {"and", "or", ","}:
                break
            if content is Cue.STOP or _ends_list(events, place, step):
                break
            if isinstance(content, Cue) and content in wanted:
                found.add(content)
                break
            if isinstance(content, Cue) and content in {Cue.BAN, Cue.MORE, Cue.WANT, Cue.ONLY} and step < 0:
                break
            if step < 0 and content is Cue.KEEP:
                break
            place, budget = place + step, budget - 1
    # "can have", "does not matter" stand before what they allow as often as after it.
    if not found and at and events[at - 1].content is Cue.ALLOW:
        found.add(Cue.ALLOW)
    return found


def _ends_list(events: Sequence[Event], place: int, step: int) -> bool:
    """Say whether a comma to the right ends what is named; in "the heist thing, drop it" it does not."""
    content = events[place].content
    if step < 0 or not isinstance(content, Mark) or content.text != ",":
        return False
    return place + 1 >= len(events) or events[place + 1].content is not Cue.RETRACT


def _meant(text: str, event: Event, preferences: Preferences, schema: CatalogueSchema, *, lift: bool) -> list[str]:
    named = [item for item in preferences.remembered if _names(event.content, item.constraint, schema)]
    if not named and isinstance(event.content, Word | Meaning):
        facets = _facets(text[event.start : event.end], schema)
        named = [item for item in preferences.remembered if item.constraint.facet in facets]
    if lift and any(not item.constraint.is_positive for item in named):
        named = [item for item in named if not item.constraint.is_positive]
    elif lift and any(schema.facets[item.constraint.facet].speech.stays_when_allowed for item in named):
        return []
    return [item.id for item in named]


def _names(content: object, constraint: Constraint, schema: CatalogueSchema) -> bool:
    value = str(constraint.value).casefold()
    if isinstance(content, Meaning):
        return content.facet == constraint.facet and content.value.casefold() == value
    if isinstance(content, Item):
        facet = schema.facets.get(constraint.facet)
        return facet is not None and facet.kind is FacetKind.ITEM and content.title.casefold() == value
    if isinstance(content, Relative):
        return content.facet == constraint.facet and content.op is constraint.op
    if isinstance(content, Numbers):
        limits = {limit for _, limit in content.bounds}
        return content.facet == constraint.facet and constraint.value in limits
    if isinstance(content, Word) and isinstance(constraint.value, str) and len(content.text) > 3:
        return words(content.text)[:1] == words(constraint.value)[:1] or content.text in value.split()
    return False


def _facets(said: str, schema: CatalogueSchema) -> set[str]:
    return {facet.name for facet in schema.facets.values() if said in facet.speech.names}


def _any(schema: CatalogueSchema) -> re.Pattern[str]:
    """Return the pattern of "any year is fine": some facet does not matter."""
    names = [re.escape(name) for facet in schema.facets.values() for name in facet.speech.any]
    return re.compile(
        rf"\b(?:any|whatever|whichever|no matter (?:the|what)) ({'|'.join(names) or '(?!)'})s?\b"
        r"(?: (?:is|are) (?:fine|ok|okay|good)| (?:will|would) do| goes| works| really)?"
    )
