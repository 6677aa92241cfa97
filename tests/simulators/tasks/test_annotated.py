"""Annotations become trajectories that run and reproduce the answer, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stillroom.agents.solver import SolverConfig, Tool
from stillroom.data.trajectory import Form, Outcome, Score
from stillroom.simulators.tasks.annotated import Annotations
from stillroom.simulators.tasks.environment import QuestionEnvironment
from stillroom.simulators.tasks.numeric_answer import same_number
from stillroom.simulators.tasks.solving import SolverSeat, solve_task
from stillroom.simulators.tasks.task import CORRECT, Part, Task, TaskError
from stillroom.simulators.tasks.teachers import script_writer
from stillroom.simulators.tasks.text_answer import mark_words
from stillroom.tools.passages import Passage, SearchTool, build_passage_index
from stillroom.tools.sandbox import Sandbox, open_sandbox

CLIPS = Task(
    "gsm8k/train/0",
    "Nadia sold 48 clips in April, and half as many in May. Each costs $2. What did she take?",
    "144",
    notes={
        "solution": "Nadia sold 48/2 = <<48/2=24>>24 clips in May.\n"
        "She sold 48+24 = <<48+24=72>>72 clips.\nShe took 72*2=$<<72*2=144>>144."
    },
)
PASSAGES = (
    Passage("p1", "Old Mill (film)", "Old Mill is a film that was made by Ana Roth."),
    Passage("p2", "Ana Roth", "Ana Roth was born in Lyon."),
    Passage("p3", "Lyon", "Lyon is a town."),
)
BORN = Task(
    "hotpotqa/1",
    "Where was the maker of Old Mill born?",
    "Lyon",
    support=("p1", "p2"),
    notes={"sentences": ["Old Mill is a film that was made by Ana Roth.", "Ana Roth was born in Lyon."]},
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        yield opened


def mark(gold: str, answer: object) -> tuple[Score, ...]:
    return (Score(CORRECT, float(same_number(gold, answer))),)  # type: ignore[arg-type]


def test_calculator_marks_become_code_that_reckons_with_names(sandbox: Sandbox) -> None:
    environment = QuestionEnvironment("gsm8k", {Part.TRAIN: [CLIPS]}, mark)
    (action,) = Annotations(environment).actions(CLIPS)
    assert action.code.splitlines() == [
        "# Nadia sold clips in May.",
        "step_1 = 48 / 2",
        "# She sold clips.",
        "step_2 = 48 + step_1",
        "# She took .",
        "step_3 = step_2 * 2",
        "final_answer(step_3)",
    ]
    seat = SolverSeat("annotations", script_writer("annotations", environment)(CLIPS, Form.AGENT), sandbox)
    episode = solve_task(seat, environment, CLIPS, Part.TRAIN, key="k")
    assert (episode.outcome, episode.score("correct"), episode.state["answer"]) == (Outcome.ANSWERED, 1.0, 144.0)


def test_steps_of_one_result_are_named_in_turn() -> None:
    solution = "A <<60/10=6>>6. B <<75-69=6>>6. Left: 14-6-6 = <<14-6-6=2>>2."
    task = Task("t", "How many of 14?", "2", notes={"solution": solution})
    (action,) = Annotations(QuestionEnvironment("e", {}, mark)).actions(task)
    assert action.code.splitlines()[-2:] == ["step_3 = 14 - step_1 - step_2", "final_answer(step_3)"]


@pytest.mark.parametrize(
    "notes",
    [{}, {"solution": "It is 12."}, {"solution": "<<open('x')=3>>3"}, {"solution": "<<__import__('os')*2=3>>"}],
)
def test_what_is_no_calculation_is_refused(notes: dict[str, str]) -> None:
    with pytest.raises(TaskError):
        Annotations(QuestionEnvironment("e", {}, mark)).actions(Task("t", "q", "3", notes=dict(notes)))


def test_supporting_facts_become_searches_that_find_them(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = QuestionEnvironment("hotpotqa", {Part.TRAIN: [BORN]}, mark_words, PASSAGES)
    actions = Annotations(environment).actions(BORN)
    assert [action.thought for action in actions] == [
        "I search for Old Mill.",
        "Old Mill is a film that was made by Ana Roth. I search for Ana Roth.",
        "Ana Roth was born in Lyon. That gives the answer.",
    ]
    search = Tool("search", "", SearchTool(build_passage_index(PASSAGES, tmp_path, mode="bm25"), top_k=1))
    seat = SolverSeat("annotations", script_writer("annotations", environment)(BORN, Form.AGENT), sandbox, (search,))
    episode = solve_task(seat, environment, BORN, Part.TRAIN, key="k")
    assert (episode.score("correct"), episode.score("support_found"), episode.state["answer"]) == (1.0, 1.0, "Lyon")
    writer = script_writer("annotations", environment)(BORN, Form.COT)
    blind = SolverSeat("annotations", writer, sandbox, config=SolverConfig(Form.COT))
    words = solve_task(blind, environment, BORN, Part.TRAIN, key="k")
    assert words.turns[0].state["thought"] == (
        "Old Mill is a film that was made by Ana Roth.\nAna Roth was born in Lyon."
    )
    assert (words.score("correct"), words.score("support_found"), words.score("searches")) == (1.0, 0.0, 0.0)


def test_a_passage_that_nobody_could_know_of_makes_no_demonstration() -> None:
    hidden = (PASSAGES[0], Passage("p2", "Ida Berg", "Ida Berg was born in Lyon."))
    environment = QuestionEnvironment("hotpotqa", {Part.TRAIN: [BORN]}, mark_words, hidden)
    with pytest.raises(TaskError, match="nothing that was read names 'Ida Berg'"):
        Annotations(environment).actions(BORN)


def test_chains_of_thought_are_what_people_wrote() -> None:
    environment = QuestionEnvironment("gsm8k", {}, mark)
    assert Annotations(environment).reasoning(CLIPS).splitlines() == [
        "Nadia sold 48/2 = 24 clips in May.",
        "She sold 48+24 = 72 clips.",
        "She took 72*2=$144.",
        "Answer: 144",
    ]
    with pytest.raises(TaskError):
        Annotations(environment).reasoning(Task("t", "q", "1"))
