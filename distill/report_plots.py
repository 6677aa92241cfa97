"""The report's plots, each an SVG text that takes its ink from the page, so that it reads in light and in dark.

Contract: a function returns an empty text where there is nothing to draw. matplotlib is used without pyplot, so nothing
is set up at import and nothing is left behind.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from stillroom.simulators.evaluation import METRICS, Evaluation, ModelResult, short_title_of

_INK: Final = "#010203"
_PALETTE: Final = ("#c98a2b", "#7a8794", "#9b6bb3", "#4f9d69", "#b8604d", "#5d8fa8")
_STUDENT: Final = "#2f7fd0"
_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
    "grid.color": _INK,
    "grid.alpha": 0.12,
}


@dataclass(frozen=True)
class Look:
    """How one model is drawn everywhere: students in one strong colour, the privileged expert hollow."""

    colour: str
    marker: str = "o"
    hollow: bool = False
    line: str = "-"


def looks_of(evaluation: Evaluation) -> dict[str, Look]:
    """Return every model's look; the same model looks the same in every plot."""
    rest = iter(_PALETTE * (1 + len(evaluation.models) // len(_PALETTE)))
    looks = {}
    for model in evaluation.models:
        if model.privileged:
            looks[model.name] = Look(_INK, "D", hollow=True, line=":")
        elif model.name.startswith("student:"):
            looks[model.name] = Look(_STUDENT, "o")
        else:
            looks[model.name] = Look(next(rest), "s", line="--")
    return looks


def plot_intervals(evaluation: Evaluation, panels: Sequence[tuple[str, str]], title: str) -> str:
    """Return one panel a (part, metric): each model's value and 95 % interval, models from top to bottom."""
    models = [model for model in evaluation.models if any(part in model.parts for part, _ in panels)]
    if not models:
        return ""
    with _style(title):
        figure = _figure(8.2, 0.85 + 0.42 * len(models))
        axes = figure.subplots(1, len(panels), sharey=True)
        for axis, (part, metric) in zip([axes] if len(panels) == 1 else axes, panels, strict=True):
            _draw_intervals(axis, evaluation, models, part, metric)
        return _svg(figure, title)


def _draw_intervals(axis: Any, evaluation: Evaluation, models: Sequence[ModelResult], part: str, metric: str) -> None:
    looks = looks_of(evaluation)
    for place, model in enumerate(models):
        found = model.parts[part].metrics.get(metric) if part in model.parts else None
        if found is None or found.value is None:
            continue
        look = looks[model.name]
        if found.low is not None and found.high is not None:
            axis.plot([found.low, found.high], [place, place], color=look.colour, linewidth=2, solid_capstyle="butt")
        axis.plot([found.value], [place], **_marker(look, 8))
        text = METRICS[metric].write(found.value)
        axis.annotate(text, (found.value, place), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=9)
    axis.set_yticks(range(len(models)), [model.name for model in models])
    axis.set_ylim(len(models) - 0.5, -0.7)
    axis.set_xlim(-0.02, 1.04)
    axis.grid(axis="x")
    axis.set_xlabel(f"{METRICS[metric].label} ({short_title_of(part)})")


def plot_rounds(evaluation: Evaluation, part: str = "MR") -> str:
    """Return the share of sessions that were satisfied within n commands, for each model."""
    models = [model for model in evaluation.models if part in model.parts and model.parts[part].passed_by_round]
    if not models:
        return ""
    title, looks = "Sessions satisfied within n commands", looks_of(evaluation)
    with _style(title):
        figure = _figure(8.2, 3.4)
        axis = figure.subplots()
        for model in models:
            shares, look = model.parts[part].passed_by_round, looks[model.name]
            rounds = range(1, len(shares) + 1)
            axis.plot(rounds, shares, linestyle=look.line, linewidth=1.8, label=model.name, **_marker(look, 5))
        axis.set_xlabel("commands given")
        axis.set_ylabel("share of sessions satisfied")
        axis.set_xticks(range(1, max(len(model.parts[part].passed_by_round) for model in models) + 1))
        axis.set_ylim(0, 1.05)
        axis.grid()
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return _svg(figure, title)


def plot_loss(training: Mapping[str, Any]) -> str:
    """Return the training loss and the held-out loss over the steps of a training.json."""
    curve = training.get("result", {}).get("curve") or []
    if not curve:
        return ""
    title = "Loss while training"
    held = [(point["step"], point["dev_loss"]) for point in curve if "dev_loss" in point]
    with _style(title):
        figure = _figure(8.2, 3.2)
        axis = figure.subplots()
        steps, losses = [point["step"] for point in curve], [point["loss"] for point in curve]
        axis.plot(steps, losses, color="#7a8794", linewidth=1, alpha=0.8, label="training batch")
        if held:
            steps, losses = [step for step, _ in held], [loss for _, loss in held]
            axis.plot(steps, losses, color=_STUDENT, linewidth=1.8, marker="o", markersize=4, label="held out")
        axis.set_yscale("log")
        _plain_ticks(axis.yaxis)
        axis.set_xlabel("step")
        axis.set_ylabel("loss per token (log)")
        axis.grid()
        axis.legend(loc="upper right")
        return _svg(figure, title)


def plot_cost(evaluation: Evaluation, part: str = "MR", metric: str = "f1") -> str:
    """Return quality over the median time of a turn: up and to the left is better."""
    points = [
        (model, times, quality)
        for model in evaluation.models
        if part in model.parts and "commands" in model.parts
        if (times := model.parts[part].value("latency_p50")) and (quality := model.parts["commands"].metrics[metric])
    ]
    if not points:
        return ""
    title, looks = "Quality over time", looks_of(evaluation)
    with _style(title):
        figure = _figure(8.2, 3.4)
        axis = figure.subplots()
        for model, time_ms, quality in points:
            if quality.low is not None and quality.high is not None:
                axis.plot([time_ms] * 2, [quality.low, quality.high], color=looks[model.name].colour, linewidth=1.5)
            axis.plot([time_ms], [quality.value], linestyle="none", label=model.name, **_marker(looks[model.name], 8))
        axis.set_xscale("log")
        _plain_ticks(axis.xaxis)
        low, high = min(point[1] for point in points), max(point[1] for point in points)
        axis.set_xlim(low / 2, high * 2)
        axis.set_ylim(0, 1.05)
        axis.set_xlabel(f"median time of a turn, ms (log; {part} sessions, parse + plan + tools)")
        axis.set_ylabel(f"{METRICS[metric].label} (commands)")
        axis.grid()
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return _svg(figure, title)


def _plain_ticks(axis: Any) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def _marker(look: Look, size: float) -> dict[str, Any]:
    face = "none" if look.hollow else look.colour
    return {"color": look.colour, "marker": look.marker, "markersize": size, "markerfacecolor": face}


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _style(title: str) -> Any:
    from matplotlib import rc_context

    # The salt keeps the ids of several drawings in one page apart, and the same from run to run.
    return rc_context({**_STYLE, "svg.hashsalt": title})


def _svg(figure: Any, title: str) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(_INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    label = escape(title, quote=True)
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
