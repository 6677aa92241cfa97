"""The grammar of an edit, built from a catalogue's schema: one regular expression, for llguidance, xgrammar and `re`.

Contract: every match decodes by `decode_edit` into constraints for which `schema.problem` finds nothing, of at most
`MAX_LINES` lines. Only what the three engines read alike is used: groups, alternatives, bounded repeats, and character
classes that list what they take (never what they refuse).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stillroom.agents.wire.edit import encode_constraint
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import ALWAYS_SOFT_FACETS, Constraint, Op, Polarity, Strength
from stillroom.data.preferences import Preferences
from stillroom.data.schema import OPS, CatalogueSchema, Facet, FacetKind

MAX_LINES: Final = 8
_OPS: Final = (Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE, Op.MORE, Op.LESS, Op.LIKE)
_META: Final = frozenset("\\.^$*+?{}[]|()")

# Latin, Greek, Cyrillic, kana, CJK and Hangul: what names and themes are written in. No quote, # or <.
_LETTERS: Final = "A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
_MARKS: Final = "!$%&'()*+,/:;=?@_\u2019\u2013"
_OPENING: Final = "'("
_INNER: Final = f"[{_LETTERS}0-9{_MARKS}. -]"
_LAST: Final = f"[{_LETTERS}0-9{_MARKS}.-]"
# What can follow digits without the whole reading as a number (a lone "e" could be an exponent).
_AFTER_DIGITS: Final = f"[A-DF-Za-df-z\u00c0-\u024f{_MARKS}-]"
# Free text never reads as a number: it opens with a letter, or with digits and goes on, or is 007, or is quoted.
FREE_TEXT: Final = (
    f"(?:[{_LETTERS}{_OPENING}](?:{_INNER}{{0,58}}{_LAST})?"
    f"|[0-9]{{1,4}}(?:{_AFTER_DIGITS}| {_LAST})(?:{_INNER}{{0,52}}{_LAST})?"
    '|0[0-9]{1,5}|"(?:0|[1-9][0-9]{0,5})(?:\\.[0-9]{1,2})?")'
)
POSITION: Final = "#(?:[1-9]|1[0-9]|20)"
_UNSIGNED: Final = "(?:0|[1-9][0-9]{0,6})(?:\\.[0-9]{1,2})?"


def edit_grammar(catalogue: Catalogue, preferences: Preferences, free_text: str = FREE_TEXT) -> str:
    """Return the regular expression of the edits that make sense in this catalogue with these remembered ids.

    `free_text` is the pattern of names and themes, FREE_TEXT or a narrower one.
    """
    values = {name: column.values for name, column in catalogue.sets.items()}
    return schema_grammar(catalogue.schema, values, preferences.ids, free_text)


def schema_grammar(
    schema: CatalogueSchema, values: dict[str, tuple[str, ...]], ids: tuple[str, ...], free_text: str = FREE_TEXT
) -> str:
    """Return the regular expression; `values` are the categorical facets' vocabularies where the schema lists none."""
    any_tone: dict[str, list[str]] = {}
    soft_only: dict[str, list[str]] = {}
    for facet in schema.facets.values():
        for op in _OPS:
            if op in OPS[facet.kind]:
                value = _value(facet, op, values.get(facet.name, ()), free_text)
                if value is not None:
                    heads = (soft_only if _is_soft(facet, op) else any_tone).setdefault(value, [])
                    heads.append(escape(f"{facet.name} {op.value}"))
    lines = []
    if any_tone:
        lines.append(f"(?:must|wish|ban|avoid) {_bodies(any_tone)}")
    if soft_only:
        lines.append(f"(?:wish|avoid) {_bodies(soft_only)}")
    # Every pattern is written as few times as can be: the engine reads all of it at every turn.
    line = f"(?:{'|'.join(lines)})"
    first = f"(?:{line}|drop(?: (?:{_alternatives(ids)})){{1,{len(ids)}}})" if ids else line
    return f"(?:keep|{first}(?:\\n{line}){{0,{MAX_LINES - 1}}})"


def _is_soft(facet: Facet, op: Op) -> bool:
    kinds = (FacetKind.TAG, FacetKind.POPULARITY)
    return facet.kind in kinds or facet.name in ALWAYS_SOFT_FACETS or op is Op.LIKE


def _bodies(heads: dict[str, list[str]]) -> str:
    """Return the pattern of what stands after a tone: heads, by the pattern of the value that follows them."""
    bodies = (f"(?:{'|'.join(names)}){value}" for value, names in heads.items())
    return f"(?:{'|'.join(bodies)})"


def _value(facet: Facet, op: Op, vocabulary: tuple[str, ...], free_text: str) -> str | None:
    """Return the pattern of what follows a facet and its operator, or None when they can take no value."""
    if facet.kind is FacetKind.POPULARITY or (facet.kind is FacetKind.NUMBER and op.is_relative):
        return ""
    if facet.kind is FacetKind.NUMBER:
        sign = "-?" if facet.minimum is not None and facet.minimum < 0 else ""
        return f" {sign}{_UNSIGNED}"
    if facet.kind is FacetKind.CATEGORICAL:
        known = facet.values or vocabulary
        return f" (?:{_alternatives(_as_written(facet.name, value) for value in known)})" if known else None
    if facet.kind is FacetKind.ITEM:
        return f" (?:{POSITION}|{free_text})"
    return f" {free_text}"


def _as_written(facet: str, value: str) -> str:
    """Return a value as the wire format writes it (a value that reads like a number is quoted)."""
    constraint = Constraint(Polarity.POSITIVE, Strength.HARD, facet, Op.EQ, value)
    return encode_constraint(constraint).removeprefix(f"must {facet} = ")


def _alternatives(texts: Iterable[str]) -> str:
    return "|".join(escape(text) for text in texts)


def escape(text: str) -> str:
    """Return the text as a pattern; spaces and hyphens stay as they are, since not every engine reads them escaped."""
    return "".join(f"\\{mark}" if mark in _META else mark for mark in text)
