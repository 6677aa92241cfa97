"""Scores out of ten or a hundred: "8/10 or better", "imdb 7+", "rated above 80%" are said in the catalogue's stars.

Contract: pure; `name_scores` says a score whose scale is named anew, `on_scale` puts right what a model made of one
beyond the top. A bound that belongs to no score belongs to the other number that it fits ("300 max" is a price), or
to none ("under 300 pages"), which a note tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op
from stillroom.data.edit import Edit
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind

_NUMBER: Final = r"(?P<score>\d{1,3}(?:\.\d+)?)"
_LEAST: Final = (
    r"at least|min(?:imum)?(?: of)?|above|over|more than|higher than|better than|below|under"
    r"|less than|worse than|not below"
)
_AFTER: Final = r"\+| ?(?:or|and) (?:better|more|higher|above|up|over)\b| ?plus\b"
_SITE: Final = (
    r"(?:on |at |by |from )?(?:the )?(?:imdb|metacritic|letterboxd|rotten tomatoes|rt|tmdb)(?: (?:score|rating))?"
)
_OF: Final = r"(?: ?/ ?(?P<top>100?)(?!\d|/)| out of (?P<spoken>10|100|ten|a hundred)\b| ?(?P<share>%|percent\b))"
_RATED: Final = r"rat(?:ed|ing|ings)|scor(?:ed|es?|ing)|review(?:s|ed)?"
_SCORE: Final = re.compile(
    rf"(?P<rated>\b(?:{_RATED})(?: of| is)? )?(?:(?P<limit>\b(?:{_LEAST})) )?(?<![\d.]){_NUMBER}{_OF}"
    rf"(?P<site> {_SITE})?(?P<after>{_AFTER})?(?! (?:films?|movies?|books?|products?|of|times|people|items|ones)\b)",
    re.IGNORECASE,
)
_ON_SITE: Final = re.compile(
    rf"(?:\b{_SITE}(?: of| is|:)? (?:(?P<limit>{_LEAST}) )?{_NUMBER}%?(?P<after>{_AFTER})?"
    rf"|(?:\b(?:{_RATED}) )?(?:(?P<limit2>\b{_LEAST}) )?(?<![\d.])"
    rf"{_NUMBER.replace('score', 'score2')}(?P<after2>{_AFTER})?"
    rf" (?:on|at) (?:the )?(?:imdb|tmdb|metacritic|rotten tomatoes)\b)(?![\w%/])",
    re.IGNORECASE,
)
_ABOUT_SCORES: Final = re.compile(
    rf"\b(?:{_RATED}|stars?|imdb|metacritic|tomatoes|out of (?:10|ten|100))\b|/ ?10|%", re.I
)
_END: Final = (
    r"(?=\s*(?:$|[,;:!?)]|\.(?!\d)|-|\b(?:max|min|maximum|minimum|tops|to|or|and|but|at|please|in|for|with)\b))"
)


@dataclass(frozen=True)
class Scaled:
    """An edit whose bounds are within their scales, and what had to be left out."""

    edit: Edit
    notes: tuple[str, ...] = ()


def name_scores(command: str, catalogue: Catalogue) -> str:
    """Return the command with scores whose scale is named in the stars of the catalogue."""
    facet = _stars(catalogue.schema)
    if facet is None or facet.maximum is None:
        return command
    best = facet.maximum

    def score(found: re.Match[str]) -> str:
        top = (
            100 if found["share"] or "100" in (found["top"], found["spoken"]) or found["spoken"] == "a hundred" else 10
        )
        value = float(found["score"])
        if value > top or not (
            found["rated"] or found["after"] or found["site"] or (found["limit"] and not found["share"])
        ):
            return found.group()
        return f"{found['rated'] or ''}{_said(found['limit'], found['after'], value * best / top)}"

    def on_site(found: re.Match[str]) -> str:
        value = float(found["score"] or found["score2"])
        if not best < value <= 100:
            return found.group()
        stars = value * best / (10 if value <= 10 else 100)
        return f"rated {_said(found['limit'] or found['limit2'], found['after'] or found['after2'], stars)}"

    return _ON_SITE.sub(on_site, _SCORE.sub(score, command))


def _said(limit: str | None, after: str | None, stars: float) -> str:
    """Return a number of stars with its bound; a score without one is a lower bound."""
    return f"{'at least' if after or not limit else limit} {round(stars, 2):g} stars"


def on_scale(edit: Edit, command: str, catalogue: Catalogue) -> Scaled:
    """Return the edit with bounds beyond the top of a scale put on it, moved to the number they fit, or left out."""
    stars, calendar = _stars(catalogue.schema), catalogue.schema.calendar
    kept: list[Constraint] = []
    notes: list[str] = []
    for constraint in edit.add:
        placed: Constraint | None = constraint
        if stars is not None and constraint.facet == stars.name:
            placed = _placed(constraint, stars, command, edit, catalogue)
        elif calendar is not None and constraint.facet == calendar.name and _is_no_year(constraint, calendar):
            placed = None
        if placed is None:
            notes.append(f"{constraint.facet} {constraint.op.value} {constraint.value} is beyond its scale")
        elif placed == constraint or placed not in kept:
            kept.append(placed)
    return Scaled(edit if tuple(kept) == edit.add else Edit.of(tuple(kept), edit.retract), tuple(notes))


def _placed(constraint: Constraint, facet: Facet, command: str, edit: Edit, catalogue: Catalogue) -> Constraint | None:
    """Return a bound on stars where it belongs: on the scale, on another facet, or nowhere."""
    value, best = constraint.value, facet.maximum
    if best is None or not isinstance(value, int | float) or value <= best:
        return constraint
    other = _other(value, facet, catalogue)
    number = rf"(?<![\d.]){re.escape(f'{value:g}')}(?:\.0|0(?<=\.\d0))?(?![\d.]*\d)"
    units = "|".join(map(re.escape, other.speech.units)) if other else ""
    if other and units and re.search(rf"\${number}|{number} ?(?:{units})\b", command, re.IGNORECASE):
        return replace(constraint, facet=other.name)
    is_rated = any(
        each.facet == facet.name and isinstance(each.value, int | float) and each.value <= best for each in edit.add
    )
    if _ABOUT_SCORES.search(command) and not is_rated:
        top = 10 if value <= 10 else 100
        return replace(constraint, value=round(value * best / top, 2)).canonical() if value <= top else None
    return replace(constraint, facet=other.name) if other and re.search(f"{number}{_END}", command, re.I) else None


def _is_no_year(constraint: Constraint, calendar: Facet) -> bool:
    """Say whether an upper bound is no year that a catalogue can have: "under 15 dollars" where nothing has a price."""
    value = constraint.value
    is_number = isinstance(value, int | float) and calendar.minimum is not None
    return is_number and constraint.op in (Op.LT, Op.LE, Op.EQ) and float(str(value)) < (calendar.minimum or 0)


def _other(value: float, facet: Facet, catalogue: Catalogue) -> Facet | None:
    """Return the one other number, no year, among whose values this may be."""
    fits = []
    for other in catalogue.schema.of_kind(FacetKind.NUMBER):
        spread = catalogue.spreads.get(other.name)
        if other.name != facet.name and not other.speech.calendar and spread is not None:
            fits += [other] if (other.minimum or 0) <= value <= spread.largest else []
    return fits[0] if len(fits) == 1 else None


def _stars(schema: CatalogueSchema) -> Facet | None:
    return next((facet for facet in schema.of_kind(FacetKind.NUMBER) if facet.unit == "stars"), None)
