"""What holds of memory after any sequence of edits."""

from __future__ import annotations

import json
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit, Verdict
from stillroom.data.preferences import Preferences, merge

POLARITIES = st.sampled_from(Polarity)
STRENGTHS = st.sampled_from(Strength)
BOUNDS = st.sampled_from([Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE])
RELATIVES = st.sampled_from([Op.MORE, Op.LESS])
TEXTS = st.sampled_from(["Comedy", "comedy", "Drama", "été", "#2", '"quoted"', "1984", "no", "c1"])
NUMBERS = st.one_of(st.integers(1978, 1983), st.sampled_from([1980.0, 1980.5, 0.1]))
CONSTRAINTS = st.one_of(
    st.builds(Constraint, POLARITIES, STRENGTHS, st.sampled_from(["genre", "person", "tag"]), st.just(Op.EQ), TEXTS),
    st.builds(Constraint, POLARITIES, STRENGTHS, st.sampled_from(["year", "runtime"]), BOUNDS, NUMBERS),
    st.builds(Constraint, POLARITIES, STRENGTHS, st.sampled_from(["year", "popularity"]), RELATIVES, st.none()),
    st.builds(Constraint, POLARITIES, STRENGTHS, st.just("tag"), RELATIVES, TEXTS),
    st.builds(Constraint, POLARITIES, STRENGTHS, st.just("item"), st.sampled_from([Op.EQ, Op.LIKE]), TEXTS),
)
IDS = st.sampled_from([f"c{number}" for number in range(1, 12)])
EDITS = st.builds(
    Edit.of, st.lists(CONSTRAINTS, max_size=4).map(tuple), st.lists(IDS, max_size=3, unique=True).map(tuple)
)
SEQUENCES = st.lists(EDITS, max_size=6)


def history(edits: list[Edit]) -> list[Preferences]:
    """Return memory before the first edit and after each."""
    states = [Preferences()]
    for edit in edits:
        states.append(merge(states[-1], edit).preferences)
    return states


def satisfiable(one: Constraint, other: Constraint) -> bool:
    """Say, by trying values and independently of merge, whether two wishes of one facet can both be met."""
    if one.facet != other.facet:
        return True
    if one.op in (Op.MORE, Op.LESS) or other.op in (Op.MORE, Op.LESS):
        return not (one.op in (Op.MORE, Op.LESS) and other.op in (Op.MORE, Op.LESS)) or one.op is other.op
    values = [one.value, other.value]
    numbers = [value for value in values if isinstance(value, int | float)]
    tried: list[object] = [value + step for value in numbers for step in (-0.01, 0, 0.01)]
    tried += [value.casefold() for value in values if isinstance(value, str)]
    # Values of a set facet live side by side: only the same value, wanted and unwanted, contradicts itself.
    if not numbers and one.key[3] != other.key[3]:
        return True
    return any(meets(one, value) and meets(other, value) for value in [*tried, "neither"])


def meets(constraint: Constraint, value: object) -> bool:
    """Say whether a value meets one constraint."""
    limit = constraint.key[3]
    if isinstance(limit, int | float) and isinstance(value, int | float):
        outcome = {
            Op.EQ: value == limit,
            Op.LT: value < limit,
            Op.LE: value <= limit,
            Op.GT: value > limit,
            Op.GE: value >= limit,
        }[constraint.op]
    else:
        outcome = value == limit
    return outcome is constraint.is_positive


@given(SEQUENCES)
def test_no_two_hard_constraints_contradict_each_other(edits: list[Edit]) -> None:
    for state in history(edits):
        hard = [item.constraint for item in state.remembered if item.constraint.is_hard]
        for one, other in combinations(hard, 2):
            assert satisfiable(one, other), (one, other)


@given(SEQUENCES)
def test_ids_are_issued_in_order_and_never_twice(edits: list[Edit]) -> None:
    seen: dict[str, Constraint] = {}
    state = Preferences()
    for edit in edits:
        after = merge(state, edit).preferences
        for item in after.remembered:
            if item.id not in state.ids:
                assert item.id not in seen
                assert int(item.id[1:]) > state.n_issued
            assert seen.setdefault(item.id, item.constraint) == item.constraint
        state = after


@given(SEQUENCES, EDITS)
def test_merging_never_invents_a_retraction(edits: list[Edit], last: Edit) -> None:
    before = history(edits)[-1]
    outcome = merge(before, last)
    assert set(outcome.edit.retract) <= set(before.ids)
    assert set(outcome.unknown_ids) == set(last.retract) - set(before.ids)
    assert set(before.ids) - set(outcome.preferences.ids) == set(outcome.edit.retract)
    assert set(outcome.edit.add) <= {constraint.canonical() for constraint in last.add}


@given(SEQUENCES, EDITS)
def test_the_effective_edit_is_a_fixed_point(edits: list[Edit], last: Edit) -> None:
    before = history(edits)[-1]
    outcome = merge(before, last)
    again = merge(before, outcome.edit)
    assert again.edit == outcome.edit
    assert again.preferences == outcome.preferences


@given(SEQUENCES)
def test_undo_restores_exactly_and_ids_are_not_reused(edits: list[Edit]) -> None:
    states = [Preferences()]
    for edit in edits:
        outcome = merge(states[-1], edit)
        if outcome.edit.verdict is Verdict.CHANGE:
            states.append(outcome.preferences)
        else:
            assert outcome.preferences == states[-1]
    state = states[-1]
    for earlier in reversed(states[:-1]):
        state = state.undo()
        assert state.remembered == earlier.remembered
    assert state.undo() == state
    wish = Edit.of((Constraint(Polarity.POSITIVE, Strength.SOFT, "genre", Op.EQ, "War"),))
    assert merge(state, wish).preferences.ids == (f"c{states[-1].n_issued + 1}",)


@given(SEQUENCES)
def test_memory_round_trips_through_json(edits: list[Edit]) -> None:
    state = history(edits)[-1]
    again = Preferences.from_json(json.loads(json.dumps(state.to_json())))
    assert again.ids == state.ids
    assert again.constraints == state.constraints


@given(CONSTRAINTS)
def test_the_canonical_form_is_its_own_canonical_form(constraint: Constraint) -> None:
    once = constraint.canonical()
    assert once.canonical() == once


def test_a_remembered_bound_in_another_form_is_replaced_too() -> None:
    before = Preferences.from_json(
        [{"polarity": "-", "strength": "hard", "facet": "year", "op": "<", "value": 1980, "id": "c1"}]
    )
    new = Constraint(Polarity.POSITIVE, Strength.HARD, "year", Op.LT, 1970)
    assert merge(before, Edit.of((new,))).edit.retract == ("c1",)
