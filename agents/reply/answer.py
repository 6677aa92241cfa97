"""Answers: questions about what is in the feed ("why is this here?", "how long is the second one?"), by code.

Contract: one short sentence out of the feed's own reasons and the catalogue's facts; a model is never asked, so that
nothing is made up, and the feed stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from stillroom.agents.command.question import asks_about
from stillroom.agents.reply.describe import describe_constraint, say_amount
from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.events import Item, find_positions
from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue
from stillroom.data.numbers import exact_number
from stillroom.data.preferences import Preferences
from stillroom.data.schema import CatalogueSchema, FacetKind
from stillroom.tools.feed import Feed

_ABOUT: Final = re.compile(r"\babout\b|\bplot\b|\bstory\b|\bhappens\b")
_IS_IT: Final = re.compile(r"(?:and |so |but |ok |hey )*(?:is|are|was|were) ")
_NUMBERED: Final = re.compile(r"#(\d{1,2})\b")
_WHY: Final = re.compile(
    r"\bwhy (?:is|are|was|did you (?:recommend|suggest|show me|show|pick|choose|give me)|do you (?:recommend|suggest))"
    r" (?P<item>.+?)(?: (?:here|there|in (?:here|the feed|my feed|this list)|on the list|to me))?[?!.]*$"
)
_N_VALUES: Final = 3
_N_DECIMALS: Final = 2
_MAX_TEXT: Final = 160
_MAX_LIST: Final = 140


def give_reason(command: str, feed: Feed, shown: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Return why the item that is asked about is in the feed (the first one when none is named)."""
    if not feed:
        return f"There is no {catalogue.schema.noun} in the feed yet."
    position = item_meant(command, shown)
    if position is None and (title := _named_elsewhere(command, catalogue)):
        return f"{title} is not in the feed."
    position = position or 1
    item = feed[position - 1]
    reason = item.reason or "it fits what you told me"
    return f"{item.title} (#{position}) is here for this: {reason}."


def give_facts(
    command: str, preferences: Preferences, feed: Feed, shown: tuple[ShownItem, ...], catalogue: Catalogue
) -> str:
    """Return what is known of the item that is asked about; when none of the feed is meant, what can be answered."""
    position = item_meant(command, shown)
    if position is None:
        wishes = list_wishes(preferences, catalogue.schema)
        about = f"the {catalogue.schema.noun}s in front of you"
        return (
            f"I can only answer about {about}{f', and I go by: {wishes}' if wishes else '; the feed stays as it is'}."
        )
    item = feed[position - 1]
    text = catalogue.texts[item.row].strip()
    if _ABOUT.search(plain(command)) and text and not asks_about(plain(command)):
        return f"{item.title}: {_first_sentence(text)}"
    if said := _whether_it_is(plain(command), item.row, catalogue):
        return said
    facts = facts_of(catalogue, item.row)
    return f"{item.title}: {'; '.join(facts)}." if facts else f"I know nothing more about {item.title}."


def _whether_it_is(text: str, row: int, catalogue: Catalogue) -> str | None:
    """Return yes or no to "is it a comedy?", with what it is; None where no category is asked about."""
    if not _IS_IT.match(text):
        return None
    for name, facet in catalogue.schema.facets.items():
        if facet.kind is not FacetKind.CATEGORICAL or name not in catalogue.sets:
            continue
        column = catalogue.sets[name]
        asked = [value for value in column.values if re.search(rf"\b{re.escape(value.casefold())}\b", text)]
        held = column.of(row)
        if asked:
            answer = "Yes" if asked[0] in held else "No"
            return f"{answer}: {catalogue.titles[row]} is {', '.join(held) or 'nothing that I know of'}."
    return None


def recall(preferences: Preferences, schema: CatalogueSchema | None = None) -> str:
    """Return what is remembered, as a sentence."""
    wishes = list_wishes(preferences, schema)
    return f"I remember: {wishes}." if wishes else "I remember nothing about you yet."


def list_wishes(preferences: Preferences, schema: CatalogueSchema | None = None) -> str:
    """Return what is remembered, the newest alone where it is too much for one sentence; empty when nothing is."""
    wishes = [describe_constraint(item.constraint, schema) for item in preferences.remembered]
    n_said = len(wishes)
    while n_said > 1 and len("; ".join(wishes[-n_said:])) > _MAX_LIST:
        n_said -= 1
    said = "; ".join(wishes[-n_said:]) if wishes else ""
    return f"{said}; and {len(wishes) - n_said} older" if n_said < len(wishes) else said


def item_meant(command: str, shown: tuple[ShownItem, ...]) -> int | None:
    """Return the position of the shown item that a question names, by place or by title; None when it names none."""
    if (numbered := _NUMBERED.search(command)) and 1 <= int(numbered[1]) <= len(shown):
        return int(numbered[1])
    text = plain(command)
    places = [event.content.title for event in find_positions(text, shown) if isinstance(event.content, Item)]
    if places:
        return next(item.position for item in shown if item.title == places[0])
    named = [item for item in shown if re.search(rf"\b{re.escape(plain(item.title))}\b", text)]
    return max(named, key=lambda item: len(item.title)).position if named else None


def _named_elsewhere(command: str, catalogue: Catalogue) -> str | None:
    """Return the title of the item that a "why" asks about by its whole name, wherever that item is."""
    found = _WHY.search(plain(command))
    row = row_named(found["item"], catalogue) if found else None
    return None if row is None else catalogue.titles[row]


def row_named(words: str, catalogue: Catalogue) -> int | None:
    """Return the row of the item whose whole title plain words are, but for "the" before it; None when they are none's.

    Nearly is not enough: an answer about another item would be worse than none.
    """
    row = catalogue.resolve_title(words)
    if row is None or plain(catalogue.titles[row]).removeprefix("the ") != words.removeprefix("the "):
        return None
    return row


def facts_of(catalogue: Catalogue, row: int) -> list[str]:
    """Return an item's facets in words, in the schema's order: "Action, Crime", "170 minutes", "with Al Pacino"."""
    facts = []
    for facet in catalogue.schema.facets.values():
        if facet.kind is FacetKind.NUMBER:
            value = float(catalogue.numbers[facet.name][row])
            if not np.isnan(value):
                number = say_number(value)
                facts.append(say_amount(number, facet.unit) if facet.unit else f"{facet.name} {number}")
        elif facet.kind in (FacetKind.CATEGORICAL, FacetKind.PERSON) and facet.name in catalogue.sets:
            values = ", ".join(catalogue.sets[facet.name].of(row)[:_N_VALUES])
            if values:
                facts.append(f"with {values}" if facet.kind is FacetKind.PERSON else values)
    return facts


def say_number(value: float) -> str:
    """Return a facet's number as people say it: "194", "4.2", "68.99"; only what is finer than that is rounded."""
    exact = exact_number(value)
    if len(exact.partition(".")[2]) <= _N_DECIMALS:
        return exact
    # Below one, by its first digits, so that a little is never nothing.
    rounded = np.format_float_positional(value, _N_DECIMALS, unique=False, fractional=abs(value) >= 1, trim="-")
    return str(rounded)


def _first_sentence(text: str) -> str:
    sentence = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
    return sentence if len(sentence) <= _MAX_TEXT else f"{sentence[:_MAX_TEXT].rsplit(' ', 1)[0]} …"
