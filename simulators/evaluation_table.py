"""From episodes to numbers: sums by user, so that every ratio is resampled rightly, and paired differences.

Contract: an episode of the part `commands` is one parsed command, one of `SR`, `MR` or `MRID` is a session. Nothing
here asks a model; a table made of stored episodes is the very table that was made when they were run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan

import numpy as np

from stillroom.agents.wire.edit import WireError, decode_edit
from stillroom.agents.wire.plan import PlanError, decode_plan
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import KEEP, Edit, Verdict
from stillroom.data.trajectory import Call, Episode, Outcome, Turn
from stillroom.simulators.bootstrap import (
    Floats,
    Interval,
    Statistic,
    f1,
    interval,
    paired_difference,
    ratio,
    sum_by_user,
)
from stillroom.simulators.card import Setting
from stillroom.simulators.evaluation import Difference, Estimate, PartResult
from stillroom.simulators.metrics import diversity, latency, rounds_used, score_edit
from stillroom.simulators.session_scores import satisfied_pairs
from stillroom.simulators.truth import true_preferences
from stillroom.simulators.user import USER_NODE
from stillroom.tools.condition import check_constraint

COMMANDS = "commands"
Columns = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class PartTable:
    """One model's episodes of one part, as sums: `columns[metric]` is (n_episodes, k), read by `STATISTICS`."""

    users: tuple[str, ...]
    columns: Mapping[str, Floats]
    latencies_ms: tuple[float, ...]
    n_failed: int
    n_invalid: int
    passed_by_round: tuple[float, ...] = ()

    @cached_property
    def by_user(self) -> dict[str, Floats]:
        """Return the sums of each metric, one row a user in alphabetic order, so that tables can be paired."""
        order = np.argsort(np.asarray(self.users), kind="stable")
        users = [self.users[place] for place in order]
        return {name: sum_by_user(users, rows[order]) for name, rows in self.columns.items()}

    def result(self, n_resamples: int) -> PartResult:
        """Return every metric with its interval."""
        metrics = {
            name: estimate(interval(sums, statistic_of(name), n_resamples=n_resamples))
            for name, sums in self.by_user.items()
        }
        times = latency(self.latencies_ms)
        metrics["latency_p50"], metrics["latency_p95"] = Estimate(_known(times.p50_ms)), Estimate(_known(times.p95_ms))
        return PartResult(
            len(set(self.users)), len(self.users), self.n_failed, self.n_invalid, metrics, self.passed_by_round
        )


def statistic_of(metric: str) -> Statistic:
    """Return how a metric's sums become a number."""
    return f1 if metric.startswith("f1") else ratio


def differences_of(
    part: str, model: str, ours: PartTable, other: str, theirs: PartTable, n_resamples: int
) -> tuple[Difference, ...]:
    """Return ours minus theirs for every metric; both tables must be about the same users."""
    return tuple(
        Difference(
            part,
            name,
            model,
            other,
            estimate(paired_difference(sums, theirs.by_user[name], statistic_of(name), n_resamples=n_resamples)),
        )
        for name, sums in ours.by_user.items()
    )


def commands_table(episodes: Sequence[Episode]) -> PartTable:
    """Return the table of parsed commands, each an episode of one turn."""
    return _table(episodes, [_command_columns(episode.turns[0]) for episode in episodes])


def sessions_table(episodes: Sequence[Episode], catalogue: Catalogue, max_rounds: int) -> PartTable:
    """Return the table of sessions of at most `max_rounds` commands."""
    table = _table(episodes, [_session_columns(episode, catalogue, max_rounds) for episode in episodes])
    rounds = [episode.n_rounds for episode in episodes if episode.outcome is Outcome.SATISFIED]
    shares = (sum(used <= n for used in rounds) / len(episodes) for n in range(1, max_rounds + 1))
    return replace(table, passed_by_round=tuple(shares))


def _table(episodes: Sequence[Episode], rows: Sequence[Columns]) -> PartTable:
    turns = [turn for episode in episodes for turn in episode.turns if turn.command is not None]
    return PartTable(
        tuple(episode.user_id for episode in episodes),
        {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]} if rows else {},
        tuple(turn.latency_ms for turn in turns),
        sum(episode.outcome is Outcome.FAILED for episode in episodes),
        sum(not is_valid(call) for turn in turns for call in _agents_calls(turn)),
    )


def _command_columns(turn: Turn) -> Columns:
    proposed, gold = turn.edit_effective or KEEP, turn.gold_edit or KEEP
    score = score_edit(proposed, gold)
    right, extra, missed = _retractions(proposed, gold)
    added = (score.true_positive, score.false_positive, score.false_negative)
    return {
        "f1": added,
        "f1_with_retractions": (added[0] + right, added[1] + extra, added[2] + missed),
        "exact_match_keys": (score.n_exact_keys, 1),
        "exact_match": (score.n_exact, 1),
        "strength": (score.n_strength, score.true_positive),
        "verdict": (score.n_verdict, 1),
        "retract": (score.n_retract_right, 1),
        **_call_columns([turn]),
    }


def _retractions(proposed: Edit, gold: Edit) -> tuple[int, int, int]:
    ours, theirs = set(proposed.retract), set(gold.retract)
    return len(ours & theirs), len(ours - theirs), len(theirs - ours)


def _session_columns(episode: Episode, catalogue: Catalogue, max_rounds: int) -> Columns:
    turns = [turn for turn in episode.turns if turn.command is not None]
    passed = episode.outcome is Outcome.SATISFIED
    # A rival makes no edits, so there is nothing that it could ignore or forget.
    edited = [turn for turn in turns if turn.edit_effective is not None]
    wanted = [turn for turn in edited if turn.gold_edit is not None and turn.gold_edit.verdict is Verdict.CHANGE]
    ignored = [turn for turn in wanted if (turn.edit_effective or KEEP).verdict is Verdict.KEEP]
    return {
        "pass_rate": (passed, 1),
        "rounds": (rounds_used(passed, len(turns), max_rounds), 1),
        "would_do": (episode.score("would_do") or 0.0, 1),
        "csr_at_10": _satisfied_pairs(episode, catalogue),
        "recall_at_10": (episode.score("recall_at_10") or 0.0, 1),
        "ndcg_at_10": (episode.score("ndcg_at_10") or 0.0, 1),
        "disliked_at_10": _disliked_pairs(episode, catalogue),
        "diversity": _diversity(episode, catalogue),
        "ignored": (len(ignored), len(wanted)),
        **(_drift_columns(episode, bool(edited)) if episode.setting == Setting.DRIFT else {}),
        **_call_columns(turns),
    }


def _drift_columns(episode: Episode, remembers: bool) -> dict[str, tuple[float, float]]:
    if not remembers:
        return {"stale": (0.0, 0.0), "forgotten": (0.0, 0.0)}
    stale, revoked, forgotten, valid = (
        episode.score(name) or 0.0 for name in ("n_stale", "n_revoked", "n_forgotten", "n_valid")
    )
    return {"stale": (stale, revoked), "forgotten": (forgotten, valid)}


def _satisfied_pairs(episode: Episode, catalogue: Catalogue) -> tuple[float, float]:
    satisfied, pairs = satisfied_pairs(catalogue, episode.turns, _last_rows(episode, catalogue))
    return float(satisfied), float(pairs)


def _disliked_pairs(episode: Episode, catalogue: Catalogue) -> tuple[float, float]:
    """Count what the last feed has of what the user would rather not see: themes, categories and people said softly."""
    rows = _last_rows(episode, catalogue)
    met = [
        check_constraint(catalogue, item).met[rows]
        for item in true_preferences(episode.turns).remembered
        if not item.constraint.is_positive and not item.constraint.is_hard and item.constraint.facet in catalogue.sets
    ]
    return float(sum(int(has.sum()) for has in met)), float(len(met) * len(rows))


def _last_rows(episode: Episode, catalogue: Catalogue) -> list[int]:
    feed = episode.turns[-1].feed if episode.turns else ()
    return [catalogue.row_of(str(item["id"])) for item in feed]


def _diversity(episode: Episode, catalogue: Catalogue) -> tuple[float, float]:
    value = diversity(catalogue.text_vectors[_last_rows(episode, catalogue)])
    return (0.0, 0.0) if isnan(value) else (value, 1.0)


def _call_columns(turns: Sequence[Turn]) -> dict[str, tuple[float, ...]]:
    calls = [call for turn in turns for call in _agents_calls(turn)]
    return {
        "invalid": (sum(not is_valid(call) for call in calls), len(calls)),
        "tokens_in": (sum(call.n_tokens_in for call in calls), len(turns)),
        "tokens_out": (sum(call.n_tokens_out for call in calls), len(turns)),
    }


def _agents_calls(turn: Turn) -> list[Call]:
    return [call for call in turn.calls if call.node != USER_NODE]


def is_valid(call: Call) -> bool:
    """Say whether a reply is in the wire format of its node."""
    decode: Callable[[str], object] = decode_plan if call.node == "plan" else decode_edit
    try:
        decode(call.reply)
    except (WireError, PlanError):
        return False
    return True


def estimate(measured: Interval) -> Estimate:
    """Return the interval as it is reported: what is not a number was not measured."""
    return Estimate(_known(measured.value), _known(measured.low), _known(measured.high))


def _known(value: float) -> float | None:
    return None if isnan(value) else value
