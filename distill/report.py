"""The report of a distillation: one self-contained HTML file with tables, plots, a conversation and how to read them.

    write_report(Path("report.html"), evaluation, training, collection, conversation)

Contract: the page needs no network and no other file; every text that came from a model, a person or a catalogue is
escaped by the template; the file is there whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stillroom.agents.reply import describe_constraint
from stillroom.data.building import building_file
from stillroom.data.constraint import Constraint, ConstraintError
from stillroom.data.trajectory import Episode, Json, Turn
from stillroom.distill.report_plots import plot_cost, plot_intervals, plot_loss, plot_rounds
from stillroom.simulators.evaluation import (
    METRICS,
    Difference,
    Estimate,
    Evaluation,
    ModelResult,
    columns_of,
    is_task,
    short_title_of,
    title_of,
)

_N_SHOWN = 5


@dataclass(frozen=True)
class Cell:
    """One cell of a table: the value, its interval, and how it is marked (`best`, `good`, `bad` or nothing)."""

    value: str
    interval: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """One model's (or one comparison's) row; `note` stands under the name."""

    name: str
    cells: tuple[Cell, ...] = ()
    note: str = ""
    error: str = ""


@dataclass(frozen=True)
class PartTable:
    """One part's table: its title, what was measured, its columns as (label, explanation), its rows."""

    title: str
    about: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Exchange:
    """One turn of the sample conversation as the page shows it: chips are (words, whether new in this turn)."""

    command: str
    reply: str
    chips: tuple[tuple[str, bool], ...]
    feed: tuple[tuple[str, str], ...]
    time: str


def write_report(
    path: Path,
    evaluation: Evaluation,
    training: Mapping[str, Any],
    collection: Mapping[str, Any],
    conversation: Episode | None,
    *,
    command: str = "stillroom demo",
) -> Path:
    """Write the page and return its path.

    `training` is a student's training.json, `collection` any named numbers about the simulated sessions; both may be
    empty, as for an evaluation that trained nothing.
    """
    environment = Environment(
        loader=PackageLoader("stillroom.distill"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html").render(
        evaluation=evaluation,
        expert=next((model.name for model in evaluation.models if model.privileged), ""),
        facts=_facts(evaluation, training, collection, command),
        headline=_headline(evaluation),
        tables=[_table(evaluation, part) for part in evaluation.part_names],
        differences=_differences(evaluation),
        difference_columns=[
            f"{METRICS[metric].label} ({short_title_of(part)})" for part, metric in evaluation.headlines
        ],
        plots=_plots(evaluation, training),
        conversation=conversation,
        exchanges=_exchanges(conversation),
        glossary=_glossary(evaluation),
    )
    with building_file(path) as scratch:
        scratch.write_text(page, encoding="utf-8")
    return path


def _headline(evaluation: Evaluation) -> str:
    """Return the result in one sentence: the student's F1 and Pass Rate, with intervals."""
    student = next((model for model in evaluation.models if model.name.startswith("student:") and model.parts), None)
    if student is None:
        return "No student was measured."
    if evaluation.unit == "tasks":
        part = list(student.parts)[-1]
        cell = _cell("correct", student.parts[part].metrics["correct"])
        return (
            f"{student.name} answers {cell.value} ({cell.interval}) of {student.parts[part].n} held-out tasks rightly."
        )
    said = []
    for part, metric, words in (
        ("commands", "f1", "understands held-out commands with a constraint F1 of"),
        ("MR", "pass_rate", "leads sessions of several rounds to their hidden target at a Pass Rate of"),
    ):
        if part in student.parts and student.parts[part].value(metric) is not None:
            cell = _cell(metric, student.parts[part].metrics[metric])
            said.append(f"{words} {cell.value} ({cell.interval})")
    return f"{student.name} {' and '.join(said)}."


def _facts(
    evaluation: Evaluation, training: Mapping[str, Any], collection: Mapping[str, Any], command: str
) -> list[tuple[str, str]]:
    """Return what was run, as (name, value)."""
    run, result = training.get("run", {}), training.get("result", {})
    seeds = evaluation.config.get("seeds")
    facts = [
        ("command", command),
        ("world", evaluation.world),
        ("finished", evaluation.finished_at),
        ("git revision", evaluation.git_revision or "unknown"),
        ("evaluation seeds", ", ".join(map(str, seeds)) if isinstance(seeds, list) else ""),
        ("evaluation run", evaluation.run_id),
        ("simulated for training", ", ".join(f"{name} {_number(value)}" for name, value in collection.items())),
    ]
    if result:
        facts += [
            (
                "student",
                f"{training.get('student', '')}, a LoRA on {run.get('base')}, seed {run.get('seed')}",
            ),
            (
                "training",
                f"{result['step']:,} steps, {result['tokens']:,} tokens in {result['seconds'] / 60:.1f} min "
                f"on {result['device']}, {result['precision']}",
            ),
        ]
    packages = {**evaluation.packages, **training.get("packages", {})}
    facts.append(("packages", ", ".join(f"{name} {version}" for name, version in sorted(packages.items()))))
    return [(name, value) for name, value in facts if value]


def _number(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, float) else str(value)


def _table(evaluation: Evaluation, part: str) -> PartTable:
    results = [model.parts[part] for model in evaluation.models if part in model.parts]
    columns = [name for name in columns_of(part) if any(result.value(name) is not None for result in results)]
    noun, most = "sessions" if part in ("SR", "MR", "MRID") else "commands", max(results, key=lambda result: result.n)
    models = [model for model in evaluation.models if part in model.parts or model.error]
    return PartTable(
        title_of(part),
        f"{most.n} tasks" if is_task(part) else f"{most.n} {noun} of {most.n_users} users",
        tuple((METRICS[name].label, METRICS[name].note) for name in columns),
        tuple(_row(evaluation, part, model, columns) for model in models),
    )


def _row(evaluation: Evaluation, part: str, model: ModelResult, columns: list[str]) -> Row:
    if part not in model.parts:
        return Row(model.name, error=model.error)
    result = model.parts[part]
    cells = tuple(
        _cell(name, result.metrics.get(name, Estimate(None)), model.name in evaluation.best(part, name))
        for name in columns
    )
    notes = ["privileged: not an LLM"] if model.privileged else []
    notes += [f"{result.n_failed} broke off"] if result.n_failed else []
    notes += [note] if (note := evaluation.share_note(part, model)) else []
    return Row(model.name, cells, " · ".join(notes))


def _cell(metric: str, estimate: Estimate, is_best: bool = False) -> Cell:
    write = METRICS[metric].write
    bounds = (
        "" if estimate.low is None or estimate.low == estimate.high else f"{write(estimate.low)}–{write(estimate.high)}"
    )
    return Cell(write(estimate.value), bounds, "best" if is_best else "")


def _differences(evaluation: Evaluation) -> list[Row]:
    known = {(item.model, item.other, item.part, item.metric): item for item in evaluation.differences}
    pairs = dict.fromkeys((item.model, item.other) for item in evaluation.differences)
    return [
        Row(
            f"{model} − {other}",
            tuple(_difference(known.get((model, other, *headline))) for headline in evaluation.headlines),
        )
        for model, other in pairs
    ]


def _difference(item: Difference | None) -> Cell:
    if item is None:
        return Cell("–")
    metric, found = METRICS[item.metric], item.estimate
    bounds = "" if found.low is None else f"{metric.write(found.low, True)} to {metric.write(found.high, True)}"
    mark = ""
    if found.excludes_zero and metric.better:
        mark = "good" if (found.value or 0.0) * metric.better > 0 else "bad"
    return Cell(metric.write(found.value, True), bounds, mark)


def _plots(evaluation: Evaluation, training: Mapping[str, Any]) -> list[tuple[str, str, Markup]]:
    """Return the plots that there is something to draw for, as (title, what to see in it, drawing)."""
    drawn = [
        (
            "Understanding and outcome",
            f"The dot is the value, the bar its 95 % interval over {evaluation.unit}; hollow diamond: the expert.",
            plot_intervals(evaluation, *_drawn_first(evaluation)),
        ),
        (
            "Rounds to success",
            "How many sessions of several rounds had their target in the feed after so many commands.",
            plot_rounds(evaluation),
        ),
        (
            "Quality over time",
            "Up and to the left is better: understood more, and sooner.",
            plot_cost(evaluation),
        ),
        (
            "Loss while training",
            "Held-out loss that rises while the training loss falls would mean that wordings were learnt by heart.",
            plot_loss(training),
        ),
    ]
    # The drawings are ours; their texts were escaped by the SVG writer.
    return [(title, about, Markup(drawing)) for title, about, drawing in drawn if drawing]


def _drawn_first(evaluation: Evaluation) -> tuple[tuple[tuple[str, str], ...], str]:
    if evaluation.unit == "tasks":
        return evaluation.headlines, "Share of tasks answered rightly"
    return (("commands", "f1"), ("MR", "pass_rate")), "F1 and Pass Rate"


def _exchanges(conversation: Episode | None) -> list[Exchange]:
    return [_exchange(turn) for turn in conversation.turns] if conversation else []


def _exchange(turn: Turn) -> Exchange:
    before = {str(item.get("id")) for item in turn.preferences_before}
    chips = tuple((_chip(item), str(item.get("id")) not in before) for item in turn.preferences_after)
    feed = tuple((str(item.get("title", "")), str(item.get("reason", ""))) for item in turn.feed[:_N_SHOWN])
    time = METRICS["latency_p50"].write(turn.latency_ms) if turn.latency_ms else ""
    return Exchange(turn.command or "", turn.reply, chips, feed, time)


def _chip(item: Mapping[str, Json]) -> str:
    try:
        return f"{item.get('id')} {describe_constraint(Constraint.from_json(dict(item)))}"
    except ConstraintError:
        return str(item.get("id"))


def _glossary(evaluation: Evaluation) -> list[tuple[str, str]]:
    used = dict.fromkeys(name for part in evaluation.part_names for name in columns_of(part))
    return [(METRICS[name].label, METRICS[name].note) for name in used]
