"""Suites: what belongs into one table, so that a reader finds every rival that he would ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from stillroom.simulators.ablations import ABLATIONS, SIGN

LLM: Final = "local:qwen2.5-coder-1.5b"


@dataclass(frozen=True)
class Suite:
    """Models, ablations and rivals by name; how many people a seed; how many of them a slow model meets."""

    names: tuple[str, ...]
    n_users: int = 300
    n_seeds: int = 3
    n_slow_users: int = 12


FEED: Final = Suite(
    (
        "popularity", "bm25", "dense:minilm", "dense:bge-small", "sasrec", "bert4rec",
        "rules", "student:default", "expert",
        *(f"expert{SIGN}{ablation}" for ablation in ABLATIONS),
        LLM, f"interecagent:{LLM}",
    )
)  # fmt: skip


def _solvers(base: str, acting: str, reasoning: str) -> tuple[str, ...]:
    """Return one base's rows: untrained, distilled to reason and to act, and the act with each addition."""
    agent = f"student:{acting}"
    students = (f"student:{reasoning}+cot", agent, f"{agent}+first-thought", f"{agent}+sag8")
    return (f"local:{base}+cot", f"local:{base}", *students)


# Models that nobody distilled write hundreds of tokens at every step: they meet the first tasks alone. The students of
# 0.5B do not come along: their recipes say how they are made, and `distill train` puts them there.
SOLVER: Final = Suite(
    (
        *_solvers("smollm2-135m-instruct", "solver", "solver-cot"),
        *_solvers("qwen2.5-coder-0.5b-instruct", "runs/solver-qwen-0.5b", "runs/solver-cot-qwen-0.5b"),
        f"{LLM}+cot", LLM, f"{LLM}+first-thought",
    ),
    n_users=200, n_seeds=1, n_slow_users=20,
)  # fmt: skip
SOLVER_TASKS: Final = ("gsm8k", "svamp", "hotpotqa", "mirror", "mirror-renamed")
SUITES: Final[Mapping[str, Suite]] = MappingProxyType({"feed": FEED, "solver": SOLVER})


def is_slow(name: str) -> bool:
    """Say whether a model writes its replies with a language model too large for every session."""
    kind = name.removeprefix("interecagent:").partition(":")[0]
    return ":" in name and kind not in ("student", "dense")
