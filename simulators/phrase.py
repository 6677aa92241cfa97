"""Pieces of an utterance: text with copied spans marked, and which slot of which wish each span stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from stillroom.simulators.intent import Wish
from stillroom.simulators.lexicon import Lexicon
from stillroom.simulators.voices import CLOSE, OPEN
from stillroom.simulators.wording_bank import SLOT, AddTemplate, Pattern

_DOUBLED = re.compile(r"\b(the|an?) ((?:the|an?|my|his|her) )", re.IGNORECASE)
_BEFORE_VOWEL = re.compile(r"\b(a)(?= [aeio])", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """A stretch of typed text that a Parser has to copy: the slot of a wish, the wish by its place in the command."""

    wish: int
    slot: str


@dataclass(frozen=True)
class Said:
    """A piece of text (copied spans marked), its spans and its wishes in the order of the text, and its patterns."""

    text: str
    spans: tuple[Span, ...] = ()
    wishes: tuple[int, ...] = ()
    pattern_ids: tuple[str, ...] = ()


def fill(pattern: Pattern, number: int, wish: Wish, lexicon: Lexicon, rng: Random) -> Said | None:
    """Put surfaces into a pattern's slots; None when a slot has no surface in the form that the pattern asks for."""
    text: list[str] = []
    spans: list[Span] = []
    last = 0
    for slot in SLOT.finditer(pattern.text):
        name, form = slot.group(1), slot.group(4) or ""
        kind = name.rstrip("23456789")
        value = wish.slots.get(name)
        surface = None if value is None else lexicon.surface(kind, form, value, rng)
        if surface is None:
            return None
        if lexicon.is_copied(kind):
            spans.append(Span(number, name))
            surface = f"{OPEN}{surface}{CLOSE}"
        text += [pattern.text[last : slot.start()], surface]
        last = slot.end()
    return Said(_with_articles("".join(text) + pattern.text[last:]), tuple(spans), (number,), (pattern.id,))


def _with_articles(text: str) -> str:
    """Mend the articles before a filled slot: "the the countryside", "a alcoholic"."""
    text = _DOUBLED.sub(lambda match: match[2], text)
    return _BEFORE_VOWEL.sub(r"\1n", text)


def assemble(head: Said | None, pre: list[Said], post: list[Said], plural: bool, lexicon: Lexicon, rng: Random) -> Said:
    """Return a noun phrase: "french comedies from the 90s", "an italian western by leone", "something old"."""
    noun = head.text if head else rng.choice(lexicon.domain.heads_plural if plural else lexicon.domain.heads_singular)
    before = " ".join(part.text for part in pre)
    article, _, rest = noun.partition(" ")
    if not pre:
        phrase = noun
    elif plural:
        phrase = f"{before} {noun}"
    elif article in ("a", "an") and rest:
        phrase = f"{'an' if before.lstrip(OPEN)[:1].lower() in tuple('aeiou') else 'a'} {before} {rest}"
    else:
        phrase = f"{noun} {before}"
    return in_order(" ".join([phrase, *(part.text for part in post)]), (*pre, *([head] if head else []), *post))


def join(pattern: Pattern, one: Said, two: Said) -> Said:
    """Put two clauses together, in the order in which the joiner holds them."""
    parts = {"{a}": one, "{b}": two}
    ordered = [parts[slot.group(0)] for slot in SLOT.finditer(pattern.text) if slot.group(0) in parts]
    text = substitute(pattern.text, {name: part.text for name, part in parts.items()})
    return in_order(text, (*ordered, Said("", pattern_ids=(pattern.id,))))


def in_order(text: str, parts: Sequence[Said]) -> Said:
    """Return a text that holds these parts one after the other."""
    return Said(
        text,
        tuple(span for part in parts for span in part.spans),
        tuple(wish for part in parts for wish in part.wishes),
        tuple(name for part in parts for name in part.pattern_ids),
    )


def substitute(text: str, values: dict[str, str]) -> str:
    """Replace whole slots by given texts in one pass (a text that itself looks like a slot is left alone)."""
    return SLOT.sub(lambda slot: values.get(slot.group(0), slot.group(0)), text)


def takes_frame_tone(add: AddTemplate, lexicon: Lexicon) -> bool:
    """Say whether a noun phrase's sentence gives this part its tone ("only french films" makes French a must)."""
    return add.tone in ("wish", "must") and lexicon.is_named(add.facet)


def as_fragment(adds: tuple[AddTemplate, ...], lexicon: Lexicon) -> tuple[AddTemplate, ...]:
    """Return the adds as fragments are filed: a part that takes its sentence's tone stands under `wish`."""
    return tuple(replace(add, tone="wish") if takes_frame_tone(add, lexicon) else add for add in adds)
