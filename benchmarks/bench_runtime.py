"""A student's turn (parse and plan calls) through the exported runtime and through transformers' `generate`, paired.

    python benchmarks/bench_runtime.py --student default [--turns 10] [--threads 2]

Both runtimes get the same prompts, grammars and drafts (which transformers has no use for) in the same run, one after
the other in each pair; printed are the median milliseconds of each and the ratio of the sums. Exit 1 when the ratio is
below the target.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import torch
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from stillroom.agents.grammar import edit_grammar
from stillroom.agents.models.load import load_model
from stillroom.agents.models.student import OPENVINO, TRANSFORMERS
from stillroom.agents.parser import Parser
from stillroom.agents.plan import plan_shape, standard_plan
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.agents.wire.edit import WireError, decode_edit
from stillroom.agents.wire.plan import encode_plan
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, merge
from stillroom.data.worlds import load_world

TARGET = 4.0
COMMANDS = (
    "no horror tonight, something slow and sad from the seventies",
    "under two hours please",
    "thanks, these look great",
    "actually comedies are fine, just nothing with adam sandler",
    "more like the second one but less violent",
    "french films only, and not too famous",
    "forget all that, show me korean thrillers after 2005",
    "something shorter",
    "who directed the third one?",
    "anything with a heist, but please no gore and no musicals",
)


@dataclass(frozen=True)
class Question:
    """One model call of a turn as the graph's nodes make it: the messages, the reply's grammar, and its draft."""

    messages: Sequence[BaseMessage]
    grammar: str
    draft: str | None = None


def turn_questions(
    command: str, preferences: Preferences, catalogue: Catalogue, model: BaseChatModel
) -> list[Question]:
    """Return the two questions of a turn: what changes, and which tools."""
    parser = Parser(model, catalogue)
    profile = parser.profile
    request = ParseRequest(command, (), preferences)
    grammar = edit_grammar(catalogue, preferences, profile.free_text(request))
    planning = PlanRequest(preferences)
    return [
        Question(profile.render_parse(request), grammar, parser.draft(request)),
        Question(profile.render_plan(planning), plan_shape(planning).grammar, encode_plan(standard_plan(planning))),
    ]


def ask_all(model: BaseChatModel, questions: Sequence[Question]) -> tuple[float, list[str]]:
    """Return the milliseconds that the questions took, and the replies."""
    start = perf_counter()
    replies = [
        str(model.invoke(list(asked.messages), grammar=asked.grammar, draft=asked.draft).content) for asked in questions
    ]
    return (perf_counter() - start) * 1000, replies


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--student", default="default", help="a student's name or folder")
    parser.add_argument("--world", default="films")
    parser.add_argument("--turns", type=int, default=len(COMMANDS))
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    catalogue = load_world(options.world)
    name = f"student:{options.student}"
    fast = load_model(name, catalogue, runtime=OPENVINO, n_threads=options.threads)
    slow = load_model(name, catalogue, runtime=TRANSFORMERS)
    warm = turn_questions("hello", Preferences(), catalogue, fast)
    ask_all(fast, warm)
    ask_all(slow, warm)
    times: dict[str, list[float]] = {OPENVINO: [], TRANSFORMERS: []}
    n_same, preferences = 0, Preferences()
    for turn in range(options.turns):
        questions = turn_questions(COMMANDS[turn % len(COMMANDS)], preferences, catalogue, fast)
        fast_ms, fast_replies = ask_all(fast, questions)
        slow_ms, slow_replies = ask_all(slow, questions)
        times[OPENVINO].append(fast_ms)
        times[TRANSFORMERS].append(slow_ms)
        n_same += fast_replies == slow_replies
        try:
            preferences = merge(preferences, decode_edit(fast_replies[0])).preferences
        except WireError:
            preferences = Preferences()
    for runtime, values in times.items():
        print(f"{runtime:>12}: median {statistics.median(values):7.0f} ms a turn (parse and plan), {len(values)} turns")
    ratio = sum(times[TRANSFORMERS]) / sum(times[OPENVINO])
    print(
        f"exported runtime {ratio:.1f} times as fast (target {TARGET:g}); same replies in {n_same} of {options.turns}"
    )
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
