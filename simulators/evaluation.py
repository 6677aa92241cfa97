"""The result of an evaluation: what was measured of each model, with intervals, and how the models differ.

Contract: frozen; `Evaluation.from_json(json.loads(json.dumps(evaluation.to_json())))` is equal to the evaluation. A
value that could not be measured is None, never zero. `METRICS` says what each number means, for every table and plot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from stillroom.data.trajectory import Json


class EvaluationError(ValueError):
    """An evaluation that cannot be made or read; the message is one sentence."""


class Unit(StrEnum):
    """How a metric is written."""

    SHARE = "share"
    NUMBER = "number"
    MILLISECONDS = "ms"


@dataclass(frozen=True)
class Metric:
    """What a number means: its label, its unit, and whether more (1) or less (-1) is better, or neither (0)."""

    label: str
    unit: Unit = Unit.SHARE
    better: int = 1
    note: str = ""

    def write(self, value: float | None, signed: bool = False) -> str:
        """Return a value as tables show it: shares and numbers with few places, times in ms, and a dash for None."""
        if value is None:
            return "–"
        if self.unit is Unit.MILLISECONDS:
            return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
        places = 3 if self.unit is Unit.SHARE or abs(value) < 1 else 2 if abs(value) < 100 else 0
        return f"{value:{'+' if signed else ''}.{places}f}"


METRICS: Final[Mapping[str, Metric]] = {
    "f1": Metric("constraint F1", note="micro F1 of the constraints added, without strength"),
    "f1_with_retractions": Metric("F1 with retractions", note="the same, retracted ids counted as elements"),
    "exact_match_keys": Metric("exact, tone aside", note="the whole edit is right, strength aside"),
    "exact_match": Metric("exact match", note="the whole edit is right, strength too"),
    "strength": Metric("strength", note="hard or soft is right, among the constraints that were found"),
    "verdict": Metric("verdict", note="change or keep is right"),
    "retract": Metric("retractions", note="exactly the right ids were retracted"),
    "pass_rate": Metric("Pass Rate", note="the hidden target came into the feed"),
    "rounds": Metric("rounds", Unit.NUMBER, -1, "commands until the target came; a failure counts as one too many"),
    "would_do": Metric("would do", note="the last feed has an item that meets every essential of the target"),
    "csr_at_10": Metric("CSR@10", note="satisfied pairs of item and true hard constraint in the last feed"),
    "disliked_at_10": Metric(
        "disliked@10", Unit.SHARE, -1, "pairs of item and soft dislike (theme, category, person) that the last feed has"
    ),
    "recall_at_10": Metric("Recall@10", note="the target is among the first ten of the full ranking at the end"),
    "ndcg_at_10": Metric("NDCG@10", note="the same, discounted by place"),
    "diversity": Metric("diversity", Unit.NUMBER, 0, "one minus the mean cosine of the last feed's texts"),
    "stale": Metric("stale", Unit.SHARE, -1, "of what was remembered and taken back, still remembered at the end"),
    "forgotten": Metric("forgotten", Unit.SHARE, -1, "of what was remembered and held to the end, lost"),
    "ignored": Metric("ignored", Unit.SHARE, -1, "commands that should have changed something and did not"),
    "invalid": Metric("invalid", Unit.SHARE, -1, "replies that are not in the wire format"),
    "correct": Metric("right", note="the answer is right, as the environment scores it"),
    "answer_f1": Metric("answer F1", note="F1 of the answer's words; of a number, whether it is right"),
    "answered": Metric("answered", note="an answer was given before the steps ran out"),
    "search_rate": Metric("search rate", Unit.SHARE, 0, "tasks in which something was searched for"),
    "support_found": Metric("support found", note="of the passages that hold the answer, those that were found"),
    "invalid_actions": Metric("invalid actions", Unit.SHARE, -1, "actions that are none, or did not run through"),
    "steps": Metric("steps", Unit.NUMBER, 0, "actions a task"),
    "outside_model": Metric("code and search", Unit.SHARE, -1, "of the steps' time, all candidates together"),
    "tokens_in": Metric("tokens in", Unit.NUMBER, -1, "prompt tokens a turn"),
    "tokens_out": Metric("tokens out", Unit.NUMBER, -1, "reply tokens a turn (a task, for solvers)"),
    "latency_p50": Metric("p50", Unit.MILLISECONDS, -1, "median time of a turn (of a parse, a task)"),
    "latency_p95": Metric("p95", Unit.MILLISECONDS, -1, "95th percentile of the same"),
}


PARTS: Final[Mapping[str, str]] = {
    "commands": "Held-out commands",
    "natural": "Commands as people type them",
    "SR": "Sessions of one command (SR)",
    "MR": "Sessions of several rounds (MR)",
    "MRID": "Sessions in which a mind changes (MRID)",
}
COMMAND_COLUMNS: Final = (
    "f1", "exact_match_keys", "exact_match", "strength", "verdict", "retract", "latency_p50", "latency_p95",
    "tokens_in", "tokens_out", "invalid",
)  # fmt: skip
SESSION_COLUMNS: Final = (
    "pass_rate", "rounds", "would_do", "csr_at_10", "disliked_at_10", "recall_at_10", "ndcg_at_10", "diversity",
    "ignored", "latency_p50", "latency_p95", "tokens_in", "tokens_out", "invalid",
)  # fmt: skip
TASK_COLUMNS: Final = (
    "correct", "answer_f1", "answered", "search_rate", "support_found", "invalid_actions", "steps", "tokens_out",
    "outside_model", "latency_p50", "latency_p95",
)  # fmt: skip
DRIFT_COLUMNS: Final = (*SESSION_COLUMNS[:2], "stale", "forgotten", *SESSION_COLUMNS[2:])
_COLUMNS: Final = {"SR": SESSION_COLUMNS, "MR": SESSION_COLUMNS, "MRID": DRIFT_COLUMNS}
TASK_PREFIX: Final = "task:"
HEADLINES: Final = (("commands", "f1"), ("commands", "exact_match"), ("MR", "pass_rate"), ("MR", "rounds"))
"""What a difference between two models is read by first, where people were measured."""


def _short_revision(revision: str) -> str:
    mark = "+" if revision.endswith("+") else ""
    return f"{revision.rstrip('+')[:10]}{mark}" if revision else "unknown"


def columns_of(part: str) -> tuple[str, ...]:
    """Return the metrics that a part's table shows, in order."""
    return TASK_COLUMNS if is_task(part) else _COLUMNS.get(part, COMMAND_COLUMNS)


def is_task(part: str) -> bool:
    """Say whether a part is tasks of an environment, which are counted where users are elsewhere."""
    return part.startswith(TASK_PREFIX)


def title_of(part: str) -> str:
    """Return what a part is called in tables."""
    if is_task(part):
        return "All tasks" if short_title_of(part) == "all" else f"Tasks: {short_title_of(part)}"
    return PARTS.get(part, part)


def short_title_of(part: str) -> str:
    """Return what a part is called in the head of a column."""
    return part.removeprefix(TASK_PREFIX)


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % interval; None where nothing could be measured (no interval: a plain reading)."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool:
        """Say whether the whole interval lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class PartResult:
    """One model on one part (`commands`, `SR`, `MR`, `MRID`): how much was measured, and every metric by its name.

    `passed_by_round[n - 1]` is the share of sessions that were satisfied within n commands (empty for commands).
    """

    n_users: int
    n: int
    n_failed: int = 0
    n_invalid: int = 0
    metrics: dict[str, Estimate] = field(default_factory=dict)
    passed_by_round: tuple[float, ...] = ()

    def value(self, metric: str) -> float | None:
        """Return a metric's value, or None when it was not measured."""
        estimate = self.metrics.get(metric)
        return estimate.value if estimate else None


@dataclass(frozen=True)
class ModelResult:
    """One model's row; `error` says why there is nothing to show. `privileged` is not a language model: it is told."""

    name: str
    privileged: bool = False
    error: str = ""
    parts: dict[str, PartResult] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """One model minus another on the same users and seeds, resampled together."""

    part: str
    metric: str
    model: str
    other: str
    estimate: Estimate


@dataclass(frozen=True)
class LeakageSummary:
    """How many utterances were read, and those that say some of their target's title ("kind: title: words").

    `n_refused` are replies of a model playing the user that said the title and were never sent.
    """

    n_utterances: int
    n_titles: int = 0
    n_common_words: int = 0
    examples: tuple[str, ...] = ()
    n_refused: int = 0

    @property
    def is_clean(self) -> bool:
        """Say whether no title was said."""
        return not self.n_titles


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured in one evaluation, and under what.

    `stored_by` counts those of its episodes that were stored before, by other revisions than `git_revision`, or by one
    whose source was changed since ("+"), so that nobody knows whether it was the same.
    """

    world: str
    models: tuple[ModelResult, ...]
    differences: tuple[Difference, ...] = ()
    leakage: LeakageSummary = LeakageSummary(0)
    config: dict[str, Json] = field(default_factory=dict)
    run_id: str = ""
    finished_at: str = ""
    git_revision: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    n_episodes: int = 0
    stored_by: dict[str, int] = field(default_factory=dict)

    def model(self, name: str) -> ModelResult:
        """Return one model's row; raise EvaluationError when there is none."""
        for result in self.models:
            if result.name == name:
                return result
        raise EvaluationError(f"the evaluation has no model {name!r}")

    def with_part(self, model: str, part: str, result: PartResult) -> Evaluation:
        """Return the evaluation with one more part of a model, such as the commands of a file."""
        models = tuple(replace(m, parts={**m.parts, part: result}) if m.name == model else m for m in self.models)
        return replace(self, models=models)

    @property
    def part_names(self) -> tuple[str, ...]:
        """Return the parts that were measured, in order; all tasks together stand last."""
        names = dict.fromkeys(part for model in self.models for part in model.parts)
        return tuple(sorted(names, key=lambda part: part == f"{TASK_PREFIX}all"))

    @property
    def unit(self) -> str:
        """Return what was resampled for the intervals: tasks or users."""
        return "tasks" if any(is_task(part) for part in self.part_names) else "users"

    @property
    def headlines(self) -> tuple[tuple[str, str], ...]:
        """Return what a difference between two models is read by first, as (part, metric)."""
        if self.unit == "tasks":
            return tuple((part, "correct") for part in self.part_names)
        return HEADLINES

    @property
    def revision_notes(self) -> tuple[str, ...]:
        """Return what is to be known of episodes that other code may have made, a sentence a revision."""
        return tuple(
            f"{count} of {self.n_episodes} episodes were stored by revision {_short_revision(made)}, this is "
            f"{_short_revision(self.git_revision)} (+: uncommitted changes): a new --run measures them anew."
            for made, count in self.stored_by.items()
        )

    def share_note(self, part: str, model: ModelResult) -> str:
        """Return how much of a part a model went through, in words; nothing when it was all of it."""
        n, most = model.parts[part].n, max(other.parts[part].n for other in self.models if part in other.parts)
        return "" if n == most else f"the first {n} of {most}"

    def best(self, part: str, metric: str) -> frozenset[str]:
        """Return the models with the best value of a metric; the privileged teacher does not compete."""
        better = METRICS[metric].better
        values = {
            model.name: model.parts[part].value(metric)
            for model in self.models
            if part in model.parts and not model.privileged
        }
        known = {name: value for name, value in values.items() if value is not None}
        if not better or len(known) < 2:
            return frozenset()
        top = max(better * value for value in known.values())
        if all(better * value == top for value in known.values()):
            return frozenset()
        return frozenset(name for name, value in known.items() if better * value == top)

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as plain JSON values."""
        data: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return data

    @classmethod
    def from_json(cls, data: object) -> Evaluation:
        """Read the evaluation from JSON values; raise EvaluationError naming the part that is wrong."""
        try:
            return _ADAPTER.validate_python(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the record"
            raise EvaluationError(f"an evaluation cannot be read: {where}: {first['msg']}") from error


_ADAPTER = TypeAdapter(Evaluation)
