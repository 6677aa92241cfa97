"""The benchmark of candidates counts each step's time once, and says no where the sandbox has too much of it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stillroom.agents.solver.step import Step, Trial
from stillroom.data.trajectory import Call
from stillroom.tools.sandbox import StepEnd

BENCH = Path(__file__).parents[1] / "benchmarks" / "bench_solver.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_solver", BENCH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_solver"] = module
    spec.loader.exec_module(module)
    return module


def a_call(latency_ms: float) -> Call:
    return Call(node="act", model="m", messages=(), reply="", n_tokens_in=1, n_tokens_out=1, latency_ms=latency_ms)


def test_costs_are_those_of_all_candidates(bench: ModuleType) -> None:
    trials = tuple(Trial("", end=StepEnd.DONE, ms=7.0, host_ms=host_ms) for host_ms in (2.0, 0.0))
    steps = [Step(number, trials[0], (a_call(30.0), a_call(50.0)), trials) for number in (1, 2)]
    cost = bench.Cost.of(steps)
    assert (cost.n_steps, cost.sandbox_ms, cost.tools_ms, cost.model_ms) == (2, 24.0, 4.0, 160.0)
    assert cost.step_ms == 94.0
    assert cost.sandbox_share == pytest.approx(24 / 188)
