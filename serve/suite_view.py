"""A suite's table as Markdown, between two marks of a results file, so that running it again replaces it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stillroom.data.building import building_file
from stillroom.serve.evaluation_view import reading_lines
from stillroom.serve.refusals import CommandError
from stillroom.simulators.evaluation import (
    METRICS,
    TASK_COLUMNS,
    TASK_PREFIX,
    Difference,
    Estimate,
    Evaluation,
    is_task,
    short_title_of,
    title_of,
)

_COLUMNS: Final = {
    "SR": ("pass_rate", "would_do", "csr_at_10", "disliked_at_10", "ndcg_at_10", "diversity", "latency_p50"),
    "MR": ("pass_rate", "rounds", "would_do", "csr_at_10", "disliked_at_10", "ndcg_at_10", "diversity", "latency_p50"),
    "MRID": ("pass_rate", "rounds", "stale", "forgotten", "csr_at_10", "disliked_at_10", "ndcg_at_10", "latency_p50"),
}
_IN_BRACKETS: Final = "In brackets 95 % intervals (bootstrap over {}); bold: an interval without zero."
_COMPARED: Final = (
    "pass_rate", "rounds", "csr_at_10", "disliked_at_10", "ndcg_at_10", "stale", "forgotten",
)  # fmt: skip


def write_suite(path: Path, name: str, evaluation: Evaluation, command: str) -> None:
    """Put the suite's tables into a Markdown file, in place of those of an earlier run; raise CommandError."""
    start, end = f"<!-- suite {name} -->", f"<!-- end of suite {name} -->"
    text = path.read_text(encoding="utf-8") if path.is_file() else "# Results\n"
    block = "\n".join([start, *suite_lines(name, evaluation, command), end])
    if start not in text:
        text = f"{text.rstrip()}\n\n{block}\n"
    else:
        before, _, rest = text.partition(start)
        _, mark, after = rest.partition(end)
        if not mark:
            raise CommandError(f"{path} has {start} but not {end}: put the second mark back, and nothing is lost")
        text = before + block + after
    with building_file(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def suite_lines(name: str, evaluation: Evaluation, command: str) -> Iterator[str]:
    """Yield the section's lines: what was run, a table a setting, the differences, how to read them."""
    yield f"## Suite `{name}` ({evaluation.finished_at[:10]}, {evaluation.world})"
    yield from ("", f"    {command}", "")
    for part in _shown_parts(evaluation):
        yield from (f"### {title_of(part)}", "")
        yield from _table(evaluation, part)
        yield ""
    missing = [f"{model.name}: {model.error}" for model in evaluation.models if model.error]
    yield from ([f"Not measured: {'; '.join(missing)}.", ""] if missing else [])
    same = "tasks" if evaluation.unit == "tasks" else "people and seeds"
    yield from (f"### Paired differences (the same {same}, resampled together)", "")
    yield from _differences(evaluation)
    yield ""
    yield from (f"* {line}" for line in reading_lines(evaluation, _IN_BRACKETS.format(evaluation.unit)))


def _shown_parts(evaluation: Evaluation) -> list[str]:
    return [*(part for part in _COLUMNS if part in evaluation.part_names), *filter(is_task, evaluation.part_names)]


def _columns(part: str) -> tuple[str, ...]:
    return TASK_COLUMNS if is_task(part) else _COLUMNS[part]


def _table(evaluation: Evaluation, part: str) -> Iterator[str]:
    columns = _columns(part)
    yield f"| model | n | {' | '.join(METRICS[name].label for name in columns)} |"
    yield f"| {' | '.join('---' for _ in range(len(columns) + 2))} |"
    for model in evaluation.models:
        if part in model.parts:
            result = model.parts[part]
            title = f"{model.name} (privileged)" if model.privileged else model.name
            cells = [_cell(name, result.metrics.get(name, Estimate(None))) for name in columns]
            yield f"| {title} | {result.n} | {' | '.join(cells)} |"


def _cell(metric: str, estimate: Estimate) -> str:
    write = METRICS[metric].write
    if estimate.low is None or estimate.high is None:
        return write(estimate.value)
    return f"{write(estimate.value)} [{write(estimate.low)}, {write(estimate.high)}]"


def _differences(evaluation: Evaluation) -> Iterator[str]:
    known = {(d.model, d.other, d.part, d.metric): d for d in evaluation.differences}
    shown = [(part, metric) for part in _shown_parts(evaluation) for metric in _compared(part)]
    titles = (f"{METRICS[metric].label} ({short_title_of(part)})" for part, metric in shown)
    yield f"| minus | {' | '.join(titles)} |"
    yield f"| {' | '.join('---' for _ in range(len(shown) + 1))} |"
    for model, other in dict.fromkeys((item.model, item.other) for item in evaluation.differences):
        cells = [_difference(known.get((model, other, part, metric))) for part, metric in shown]
        yield f"| {model} − {other} | {' | '.join(cells)} |"


def _compared(part: str) -> tuple[str, ...]:
    if is_task(part):
        return ("correct", "invalid_actions") if part == f"{TASK_PREFIX}all" else ("correct",)
    return tuple(metric for metric in _COMPARED if metric in _COLUMNS[part])


def _difference(difference: Difference | None) -> str:
    if difference is None or difference.estimate.value is None:
        return "–"
    estimate, write = difference.estimate, METRICS[difference.metric].write
    if estimate.low is None or estimate.high is None:
        return write(estimate.value, signed=True)
    value, low, high = (write(number, signed=True) for number in (estimate.value, estimate.low, estimate.high))
    text = f"{value} [{low}, {high}]"
    return f"**{text}**" if estimate.excludes_zero else text
