"""The terminal's table: values with intervals, the best marked, names as they are, and what it all stands on."""

from __future__ import annotations

from rich.console import Console

from stillroom.serve.evaluation_view import render_evaluation
from stillroom.simulators.evaluation import (
    Difference,
    Estimate,
    Evaluation,
    LeakageSummary,
    ModelResult,
    PartResult,
)


def commands(f1: float, time_ms: float) -> dict[str, PartResult]:
    metrics = {"f1": Estimate(f1, f1 - 0.04, f1 + 0.04), "latency_p50": Estimate(time_ms)}
    return {"commands": PartResult(9, 40, metrics=metrics)}


EVALUATION = Evaluation(
    world="films",
    models=(
        ModelResult("rules", parts=commands(0.611, 3.25)),
        ModelResult("student:[red]demo[/red]", parts=commands(0.873, 240.0)),
        ModelResult("gone", error="no weights here"),
        ModelResult("expert", privileged=True, parts=commands(1.0, 1.0)),
    ),
    differences=(Difference("commands", "f1", "student:x", "rules", Estimate(0.262, 0.2, 0.3)),),
    leakage=LeakageSummary(321),
    config={"seeds": [3, 4]},
)


def text(evaluation: Evaluation, width: int = 140) -> str:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(render_evaluation(evaluation))
    return capture.get()


def line_of(name: str) -> str:
    return next(line for line in text(EVALUATION).splitlines() if line.startswith(name))


def test_values_stand_with_their_intervals() -> None:
    shown = text(EVALUATION)
    for said in ("0.611", ".57–.65", "3.2 ms", "240 ms", "+0.262", "+0.200 +0.300", "no weights here"):
        assert said in shown, said


def test_the_best_is_marked_and_the_expert_does_not_compete() -> None:
    assert "0.873*" in line_of("student:")
    assert "*" not in line_of("expert")
    assert "3.2 ms*" in line_of("rules")


def test_names_are_no_markup() -> None:
    assert "student:[red]demo[/red]" in text(EVALUATION)


def test_it_says_what_it_stands_on() -> None:
    shown = text(EVALUATION)
    for said in (
        "40 commands of 9 users",
        "seeds 3, 4",
        "Privileged, not an LLM: expert",
        "321 utterances: no utterance says",
    ):
        assert said in shown, said


def test_a_model_that_met_the_first_only_is_told_apart() -> None:
    slow = ModelResult("local:slow", parts={"commands": PartResult(3, 8, metrics={"f1": Estimate(0.1, 0.0, 0.2)})})
    shown = text(Evaluation("films", (slow, *EVALUATION.models)))
    assert "the first 8 of 40" in shown and "too slow for all of them" in shown
    assert "40 commands of 9 users" in shown, "the largest count is the evaluation's"
    assert "too slow" not in text(EVALUATION)


def test_a_leak_is_not_passed_over() -> None:
    leaky = Evaluation("films", EVALUATION.models, leakage=LeakageSummary(10, 2))
    assert "2 utterances say the title of its target" in text(leaky)


def test_nothing_measured_says_why() -> None:
    assert "gone: no weights" in text(Evaluation("films", (ModelResult("gone", error="no weights"),)))
