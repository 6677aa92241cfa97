"""`load_environment(name)`: the one table that turns a name into a task environment.

gsm8k, svamp, gsm-hard       word problems, one number to answer
math, math-500               competition problems, an expression to answer
hotpotqa                     questions of two hops, 9,769 paragraphs to search
hotpotqa+wikipedia           the same questions, 19,695 paragraphs to search

Adding an environment is adding a builder and a line of `ENVIRONMENTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from stillroom.data.fetch import Fetcher
from stillroom.simulators.tasks.hotpot import build_hotpotqa, build_hotpotqa_and_wikipedia
from stillroom.simulators.tasks.maths import build_gsm8k, build_gsm_hard, build_math, build_math_500, build_svamp
from stillroom.simulators.tasks.task import TaskEnvironment, TaskError

Build = Callable[[Fetcher], TaskEnvironment]

ENVIRONMENTS: Final[Mapping[str, Build]] = MappingProxyType(
    {
        "gsm8k": build_gsm8k,
        "svamp": build_svamp,
        "gsm-hard": build_gsm_hard,
        "math": build_math,
        "math-500": build_math_500,
        "hotpotqa": build_hotpotqa,
        "hotpotqa+wikipedia": build_hotpotqa_and_wikipedia,
    }
)


def load_environment(name: str, fetcher: Fetcher | None = None) -> TaskEnvironment:
    """Return an environment by name, fetching what it needs; raise TaskError or ArtefactError with one sentence."""
    build = ENVIRONMENTS.get(name)
    if build is None:
        raise TaskError(f"there is no task environment {name!r}; known are {', '.join(ENVIRONMENTS)}")
    return build(fetcher or Fetcher())
