from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.tools.call import ToolError
from stillroom.tools.condition import check_constraint, degree_of

Build = Callable[..., Preferences]


def test_degrees_lie_in_the_unit_interval_and_are_full_exactly_where_met(
    make_catalogue: Callable[[int, int], Catalogue], make_preferences: Callable[[int, Catalogue], Preferences]
) -> None:
    for seed in range(60):
        catalogue = make_catalogue(seed % 4, 40)
        for item in make_preferences(seed, catalogue).remembered:
            degree, met = degree_of(catalogue, item), check_constraint(catalogue, item).met
            assert degree.dtype == np.float32 and degree.min() >= 0 and degree.max() <= 1
            if item.constraint.facet != "popularity":
                assert np.all(degree[met] == 1) and np.all(degree[~met] < 1)


def test_an_unknown_number_is_never_met(catalogue: Catalogue, prefer: Build) -> None:
    (item,) = prefer(("must", "year", ">=", 0)).remembered
    condition = check_constraint(catalogue, item)
    assert np.array_equal(condition.met, condition.known)
    assert np.array_equal(condition.known, ~np.isnan(catalogue.numbers["year"]))
    assert np.array_equal(degree_of(catalogue, item) == 0, ~condition.known)


def test_a_degree_falls_with_the_distance_from_the_bound(catalogue: Catalogue, prefer: Build) -> None:
    (item,) = prefer(("wish", "runtime", "<=", 100)).remembered
    runtime, degree = catalogue.numbers["runtime"], degree_of(catalogue, item)
    outside = np.flatnonzero(runtime > 100)
    order = outside[np.argsort(runtime[outside])]
    assert np.all(np.diff(degree[order]) <= 0)
    assert degree[order[0]] > degree[order[-1]]


def test_a_relative_wish_without_anchor_refers_to_the_usual(catalogue: Catalogue, prefer: Build) -> None:
    (item,) = prefer(("wish", "runtime", "less", None)).remembered
    runtime = catalogue.numbers["runtime"]
    assert np.array_equal(check_constraint(catalogue, item).met, runtime < np.nanmedian(runtime))


def test_better_known_and_obscure_are_opposite(catalogue: Catalogue, prefer: Build) -> None:
    more, less = prefer(("wish", "popularity", "more", None), ("wish", "popularity", "less", None)).remembered
    np.testing.assert_allclose(degree_of(catalogue, more) + degree_of(catalogue, less), 1, atol=1e-6)
    assert np.array_equal(check_constraint(catalogue, more).met, ~check_constraint(catalogue, less).met)


def test_text_where_a_number_belongs_is_a_tool_error(catalogue: Catalogue, prefer: Build) -> None:
    (item,) = prefer(("must", "year", "<", "soon")).remembered
    with pytest.raises(ToolError, match="year needs a number"):
        check_constraint(catalogue, item)


def test_a_series_is_all_of_its_parts_and_a_title_one_item(catalogue: Catalogue, prefer: Build) -> None:
    parts = {3: "Quarry", 5: "Quarry II", 9: "Quarry: Dusk"}
    named = replace(catalogue, titles=[parts.get(row, title) for row, title in enumerate(catalogue.titles)])
    noun = f"{catalogue.schema.noun}s"
    series, one = prefer(("ban", "item", "=", f"Quarry {noun}"), ("ban", "item", "=", "Quarry")).remembered
    assert set(np.flatnonzero(check_constraint(named, series).met)) == set(parts)
    assert set(np.flatnonzero(check_constraint(named, one).met)) == {3}
