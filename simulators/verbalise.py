"""From wishes to words: choose patterns of one split, fill their slots, put clauses together, type it in a voice.

The edit that comes back is in the words that were typed: a name is written as the person wrote it, a shown item as
"#2" where it was pointed at. That is what a Parser can be expected to emit; code resolves it
(agents/command/reference.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from stillroom.agents.wire.edit import decode_constraint
from stillroom.data.constraint import Constraint
from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences, Remembered
from stillroom.simulators.intent import Pointed, Utterance, Wish
from stillroom.simulators.lexicon import Lexicon
from stillroom.simulators.phrase import (
    Said,
    Span,
    as_fragment,
    assemble,
    fill,
    join,
    substitute,
    takes_frame_tone,
)
from stillroom.simulators.voices import spans, speak_as, voices, without_marks
from stillroom.simulators.wording_bank import SLOT, AddTemplate, Group, Pattern, Role, Split, WordingBank

WRAP_RATE = 0.22
PHRASE_RATE = 0.6
Numbered = tuple[int, Wish]


class Verbaliser:
    """Turns wishes into utterances with the patterns of one split."""

    def __init__(self, bank: WordingBank, lexicon: Lexicon, split: Split) -> None:
        self.lexicon = lexicon
        self.split = split
        self._said_by = {**bank.of(Role.CLAUSE, split), **bank.of(Role.KEEP, split)}
        self._fragments = {
            (role, group.adds): patterns
            for role in (Role.PRE, Role.POST)
            for group, patterns in bank.of(role, split).items()
        }
        self._frames = {group.detail: patterns for group, patterns in bank.of(Role.FRAME, split).items()}
        self._joins = tuple(p for patterns in bank.of(Role.JOIN, split).values() for p in patterns)
        self._wraps = tuple(p for patterns in bank.of(Role.WRAP, split).values() for p in patterns)
        self._voices = voices()

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return every group that this split can say on its own."""
        return tuple(self._said_by)

    def say(self, wishes: Sequence[Wish], preferences: Preferences, rng: Random) -> Utterance | None:
        """Return one utterance for all wishes, or None when one of them cannot be said."""
        pieces = self._pieces(list(enumerate(wishes)), rng)
        if pieces is None:
            return None
        rng.shuffle(pieces)
        said = pieces[0]
        for piece in pieces[1:]:
            said = join(rng.choice(self._joins), said, piece)
        if self._wraps and rng.random() < WRAP_RATE:
            wrap = rng.choice(self._wraps)
            said = replace(
                said, text=substitute(wrap.text, {"{x}": said.text}), pattern_ids=(*said.pattern_ids, wrap.id)
            )
        voice = rng.choices(self._voices, [voice.weight for voice in self._voices])[0]
        typed = speak_as(voice, said.text, rng)
        surfaces = dict(zip(said.spans, spans(typed), strict=True))
        # In the order of the words: what comes first is said first, for whoever learns to read it.
        adds = tuple(
            _constraint(add, number, wishes[number].slots, surfaces)
            for number in said.wishes
            for add in wishes[number].group.adds
        )
        return Utterance(
            without_marks(typed),
            Edit.of(adds, retracted(wishes, preferences)),
            wishes[0].group.detail or "wish",
            (*said.pattern_ids, f"voice:{voice.name}"),
        )

    def _pieces(self, wishes: list[Numbered], rng: Random) -> list[Said] | None:
        pieces: list[Said] = []
        if len(wishes) > 1 and rng.random() < PHRASE_RATE:
            phrase, used = self._noun_phrase(wishes, rng)
            if phrase is not None:
                pieces.append(phrase)
                wishes = [numbered for numbered in wishes if numbered[0] not in used]
        for number, wish in wishes:
            clause = self._first_that_fills(self._said_by.get(wish.group, ()), number, wish, rng)
            if clause is None:
                return None
            pieces.append(clause)
        return pieces

    def _first_that_fills(self, patterns: Sequence[Pattern], number: int, wish: Wish, rng: Random) -> Said | None:
        for pattern in rng.sample(patterns, len(patterns)):
            said = fill(pattern, number, wish, self.lexicon, rng)
            if said is not None:
                return said
        return None

    def _noun_phrase(self, wishes: list[Numbered], rng: Random) -> tuple[Said | None, set[int]]:
        """Build "a french comedy from the 90s under two hours" in a sentence whose tone is that of its parts."""
        tone = next(
            (a.tone for _, wish in wishes for a in wish.group.adds if takes_frame_tone(a, self.lexicon)), "wish"
        )
        frames = self._frames.get(tone, ())
        if not frames:
            return None, set()
        frame = rng.choice(frames)
        plural = "{np:a}" not in frame.text
        head: Said | None = None
        pre: list[Said] = []
        post: list[Said] = []
        used: set[int] = set()
        for number, wish in rng.sample(wishes, len(wishes)):
            if not self._fits_frame(wish, tone):
                continue
            if head is None and self._is_head(wish):
                surface = self._head(wish, plural, rng)
                if surface:
                    head = Said(surface, wishes=(number,))
                    used.add(number)
                continue
            role = Role.PRE if rng.random() < 0.5 else Role.POST
            for side in (role, Role.POST if role is Role.PRE else Role.PRE):
                options = self._fragments.get((side, as_fragment(wish.group.adds, self.lexicon)), ())
                said = self._first_that_fills(options, number, wish, rng)
                if said is not None:
                    (pre if side is Role.PRE else post).append(said)
                    used.add(number)
                    break
        if len(used) < 2:
            return None, set()
        phrase = assemble(head, pre, post, plural, self.lexicon, rng)
        text = SLOT.sub(lambda _: phrase.text, frame.text)
        return replace(phrase, text=text, pattern_ids=(frame.id, *phrase.pattern_ids)), used

    def _fits_frame(self, wish: Wish, tone: str) -> bool:
        adds = wish.group.adds
        return not wish.group.drops and all(add.tone == tone or not takes_frame_tone(add, self.lexicon) for add in adds)

    def _is_head(self, wish: Wish) -> bool:
        adds = wish.group.adds
        return len(adds) == 1 and self.lexicon.is_head(adds[0].facet) and takes_frame_tone(adds[0], self.lexicon)

    def _head(self, wish: Wish, plural: bool, rng: Random) -> str | None:
        """Return the noun of a phrase; in "comedies, no wait, dramas" the wish is the second slot."""
        add = wish.group.adds[0]
        slot = SLOT.fullmatch(add.value or "")
        value = wish.slots[slot.group(1)] if slot else str(add.value)
        return self.lexicon.surface(self.lexicon.schema.facets[add.facet].slot, "plural" if plural else "a", value, rng)


def _constraint(add: AddTemplate, number: int, slots: Mapping[str, object], surfaces: Mapping[Span, str]) -> Constraint:
    """Return what an add template says about this wish, in the typed words where a Parser has to copy."""
    line = f"{add.tone} {add.facet} {add.op.value}"
    if add.value is None:
        return decode_constraint(line)
    slot = SLOT.fullmatch(add.value)
    if slot is None:
        return decode_constraint(f"{line} {add.value}")
    name, part = slot.group(1), slot.group(4)
    value = slots[name]
    constraint = decode_constraint(f"{line} x")
    if isinstance(value, Remembered):
        return replace(constraint, value=value.constraint.value)
    if isinstance(value, Pointed):
        return replace(constraint, value=surfaces[Span(number, name)] if value.by_title else f"#{value.item.position}")
    if isinstance(value, int | float):
        return replace(constraint, value=value + 9 if part == "end" else value).canonical()
    typed = surfaces.get(Span(number, name), value)
    return replace(constraint, value=str(typed))


def retracted(wishes: Sequence[Wish], preferences: Preferences) -> tuple[str, ...]:
    """Return the ids of a memory that these wishes take back."""
    names: set[str] = set()
    for wish in wishes:
        for drop in wish.group.drops:
            if drop.scope == "all":
                names |= set(preferences.ids)
            elif drop.scope == "last":
                names |= set(preferences.ids[-1:])
            elif isinstance(old := wish.slots.get("old"), Remembered):
                names |= {item.id for item in preferences.remembered if _goes_with(item, old)}
    return tuple(name for name in preferences.ids if name in names)


def _goes_with(item: Remembered, old: Remembered) -> bool:
    """Say whether retracting one takes the other along: both bounds of a decade are one thing to a person."""
    both = item.constraint, old.constraint
    is_bound = all(isinstance(constraint.value, int | float) or constraint.op.is_relative for constraint in both)
    return item.id == old.id or (is_bound and both[0].facet == both[1].facet and both[0].polarity is both[1].polarity)
