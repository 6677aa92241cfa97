"""An evaluation as the terminal shows it: a table a part, intervals under the values, and what all of it stands on.

Contract: `render_evaluation(evaluation)` is a rich renderable; names of models are shown as they are, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

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

_UNDER_VALUES = "Under a value stands its 95 % interval (bootstrap over {}); * marks the best, the expert aside."
_TASKS = ("correct", "answer_f1", "search_rate", "invalid_actions", "steps", "tokens_out", "latency_p50")
_TERMINAL_COLUMNS = {
    "commands": ("f1", "exact_match", "strength", "verdict", "invalid", "latency_p50", "latency_p95"),
    "SR": ("pass_rate", "would_do", "csr_at_10", "ndcg_at_10", "ignored", "latency_p50"),
    "MRID": ("pass_rate", "rounds", "stale", "forgotten", "would_do", "csr_at_10", "ignored", "latency_p50"),
    "MR": ("pass_rate", "rounds", "would_do", "csr_at_10", "ndcg_at_10", "ignored", "latency_p50", "latency_p95"),
}


def render_evaluation(evaluation: Evaluation) -> RenderableType:
    """Return all tables of an evaluation and the lines that say how to read them."""
    blocks: list[RenderableType] = []
    for part in evaluation.part_names:
        blocks += [_part(evaluation, part), Text()]
    if evaluation.differences:
        blocks += [_differences(evaluation), Text()]
    if not evaluation.part_names:
        blocks += [Text(f"{model.name}: {model.error}", style="red") for model in evaluation.models]
    lines = reading_lines(evaluation, _UNDER_VALUES.format(evaluation.unit))
    return Group(*blocks, *(Text(line, style="dim") for line in lines))


def reading_lines(evaluation: Evaluation, intervals: str) -> Iterator[str]:
    """Yield the sentences under the tables: how much, on whom, how `intervals` are shown, and what the expert is."""
    lines = _task_lines if evaluation.unit == "tasks" else _people_lines
    yield from lines(evaluation, intervals)
    if n_at_once := evaluation.config.get("concurrency"):
        yield f"Latencies are of sessions at once: {n_at_once} of a model whose calls wait for a server or for a batch."
    yield from evaluation.revision_notes


def _people_lines(evaluation: Evaluation, intervals: str) -> Iterator[str]:
    measured = max(evaluation.models, key=_most, default=None)
    if measured is not None and measured.parts:
        counts = ", ".join(
            f"{result.n} {part if part == 'commands' else f'{part} sessions'} of {result.n_users} users"
            for part, result in measured.parts.items()
            if part != "natural"
        )
        yield f"{counts} on {evaluation.world}, the same cards and seeds ({_seeds(evaluation)}) for every model."
        if any(evaluation.share_note(part, model) for model in evaluation.models for part in model.parts):
            yield "A model marked 'the first …' is too slow for all of them; differences are over what both met."
    yield "People and wordings are held out: neither occurs in training data."
    yield intervals
    privileged = [model.name for model in evaluation.models if model.privileged]
    if privileged:
        yield f"Privileged, not an LLM: {', '.join(privileged)}. It is told what the user means: a ceiling, no rival."
    yield leakage_line(evaluation)


def _task_lines(evaluation: Evaluation, intervals: str) -> Iterator[str]:
    n_tasks, part = evaluation.config.get("n_tasks"), evaluation.config.get("part")
    yield f"At most {n_tasks} tasks of each environment's {part} part, the same for every solver."
    if any(evaluation.share_note(name, model) for model in evaluation.models for name in model.parts):
        yield "A solver with fewer tasks met the first of them; differences are over what both met."
    yield "No task of this part occurs in training data, nor does a wording of a mirrored world's test part."
    yield intervals
    yield "invalid actions: of the actions taken; search rate: of the tasks; right of All tasks: each task counts once."


def _most(model: ModelResult) -> int:
    return sum(result.n for result in model.parts.values())


def leakage_line(evaluation: Evaluation) -> str:
    """Return the leakage audit in one sentence."""
    found = evaluation.leakage
    verdict = "no utterance says" if found.is_clean else f"{found.n_titles} utterances say"
    refused = f" {found.n_refused} replies that did were refused before." if found.n_refused else ""
    return f"Leakage audit of {found.n_utterances} utterances: {verdict} the title of its target.{refused}"


def _seeds(evaluation: Evaluation) -> str:
    seeds = evaluation.config.get("seeds")
    names = ", ".join(str(seed) for seed in seeds) if isinstance(seeds, list) else "unknown"
    return f"seed{'s' if isinstance(seeds, list) and len(seeds) > 1 else ''} {names}"


def _part(evaluation: Evaluation, part: str) -> Table:
    table = Table(title=title_of(part), title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("model", overflow="fold")
    columns = _TASKS if is_task(part) else _TERMINAL_COLUMNS.get(part, columns_of(part)[:6])
    for name in columns:
        table.add_column(METRICS[name].label, justify="right")
    for model in evaluation.models:
        if part in model.parts:
            table.add_row(_name(evaluation, part, model), *(_cell(evaluation, part, name, model) for name in columns))
        elif model.error and part == evaluation.part_names[0]:
            table.add_row(Text(model.name), Text(model.error, style="red"))
    return table


def _name(evaluation: Evaluation, part: str, model: ModelResult) -> Text:
    notes = ["privileged: not an LLM"] if model.privileged else []
    notes += [note] if (note := evaluation.share_note(part, model)) else []
    return Text.assemble(model.name, *((f"\n{note}", "dim") for note in notes))


def _cell(evaluation: Evaluation, part: str, metric: str, model: ModelResult) -> Text:
    estimate = model.parts[part].metrics.get(metric, Estimate(None))
    is_best = model.name in evaluation.best(part, metric)
    value = METRICS[metric].write(estimate.value) + ("*" if is_best else "")
    return Text.assemble((value, "bold green" if is_best else ""), (f"\n{_interval(metric, estimate)}", "dim"))


def _interval(metric: str, estimate: Estimate, signed: bool = False) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = (METRICS[metric].write(value, signed) for value in (estimate.low, estimate.high))
    return f"{low} {high}" if signed else f"{_short(low)}–{_short(high)}"


def _short(number: str) -> str:
    # Two places and no zero before the point, so that a table fits into a terminal.
    return f"{float(number):.2f}".removeprefix("0") if number.startswith("0.") else number[:4]


def _differences(evaluation: Evaluation) -> Table:
    table = Table(
        title=f"Paired differences: the same {evaluation.unit}, resampled together",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    table.add_column("student minus …", overflow="fold")
    shown = evaluation.headlines
    for part, metric in shown:
        table.add_column(f"{METRICS[metric].label} ({short_title_of(part)})", justify="right")
    pairs = dict.fromkeys((item.model, item.other) for item in evaluation.differences)
    known = {(d.model, d.other, d.part, d.metric): d for d in evaluation.differences}
    for model, other in pairs:
        cells = [_difference(known.get((model, other, part, metric))) for part, metric in shown]
        table.add_row(Text(f"{model} − {other}"), *cells)
    return table


def _difference(difference: Difference | None) -> Text:
    if difference is None:
        return Text("–")
    estimate, metric = difference.estimate, METRICS[difference.metric]
    good = estimate.excludes_zero and (estimate.value or 0) * metric.better > 0
    style = "" if not estimate.excludes_zero else "green" if good else "red"
    value = metric.write(estimate.value, signed=True)
    return Text.assemble((value, style), (f"\n{_interval(difference.metric, estimate, signed=True)}", "dim"))
