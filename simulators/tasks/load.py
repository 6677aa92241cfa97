"""`load_environment(name)`: the one table that turns a name into a task environment.

gsm8k, svamp, gsm-hard       word problems, one number to answer
math, math-500               competition problems, an expression to answer
hotpotqa                     questions of two hops, 9,769 paragraphs to search
hotpotqa+wikipedia           the same questions, 19,695 paragraphs to search
mirror[:SIZE[:SEED]]         questions of 1 to 4 hops about an invented world with real-looking names
mirror-renamed[:SIZE[:SEED]] its twin, whose names mean nothing

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
MIRRORS: Final = ("mirror", "mirror-renamed")

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
    if name.partition(":")[0] in MIRRORS:
        from stillroom.simulators.mirror import MirrorEnvironment

        return MirrorEnvironment.load(name)
    build = ENVIRONMENTS.get(name)
    if build is None:
        raise TaskError(f"there is no task environment {name!r}; known are {', '.join((*ENVIRONMENTS, *MIRRORS))}")
    return build(fetcher or Fetcher())
