"""A suite's table in a results file: written between its marks, replaced by the next run, the rest left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.serve.refusals import CommandError
from stillroom.serve.suite_view import suite_lines, write_suite
from stillroom.simulators.evaluation import Difference, Estimate, Evaluation, ModelResult, PartResult

MR = {"pass_rate": Estimate(0.5, 0.4, 0.6), "rounds": Estimate(4.0, 3.5, 4.5)}
EVALUATION = Evaluation(
    "films",
    (
        ModelResult("student:default", parts={"MR": PartResult(30, 30, metrics=MR)}),
        ModelResult("expert", privileged=True, parts={"MR": PartResult(30, 30, metrics=MR)}),
        ModelResult("sasrec", error="no rankings"),
    ),
    (
        Difference("MR", "pass_rate", "student:default", "expert", Estimate(-0.1, -0.2, -0.05)),
        Difference("MR", "rounds", "student:default", "expert", Estimate(0.1, -0.2, 0.3)),
    ),
    finished_at="2026-11-26T12:00:00+00:00",
)


def test_a_table_names_intervals_the_privileged_and_what_is_missing() -> None:
    text = "\n".join(suite_lines("feed", EVALUATION, "stillroom evaluate --suite feed"))
    assert "| student:default | 30 | 0.500 [0.400, 0.600] | 4.00 [3.50, 4.50] |" in text
    assert "| expert (privileged) | 30 |" in text
    assert "Not measured: sasrec: no rankings." in text
    assert "| student:default − expert | **-0.100 [-0.200, -0.050]** | +0.100 [-0.200, +0.300] |" in text
    assert "    stillroom evaluate --suite feed" in text


def test_a_second_run_replaces_the_first_and_leaves_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("# Results\n\nbefore\n", encoding="utf-8")
    write_suite(path, "feed", EVALUATION, "one")
    path.write_text(path.read_text(encoding="utf-8") + "\nafter\n", encoding="utf-8")
    write_suite(path, "feed", EVALUATION, "two")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Results\n\nbefore\n") and text.endswith("\nafter\n")
    assert text.count("## Suite `feed`") == 1 and "    two\n" in text and "    one\n" not in text


def test_half_a_pair_of_marks_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("<!-- suite feed -->\nmine\n", encoding="utf-8")
    with pytest.raises(CommandError, match="end of suite feed"):
        write_suite(path, "feed", EVALUATION, "one")
    assert path.read_text(encoding="utf-8") == "<!-- suite feed -->\nmine\n"
