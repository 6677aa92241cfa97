"""Who plays the user, by name: the one table of simulated users.

agenda           no model, the wording bank
noisy[:LEVEL]    an agenda user with noise; the levels are mild, medium (the default) and strong
llm:MODEL        a chat model, by any name that `load_model` knows
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from langchain_core.language_models import BaseChatModel

from stillroom.simulators.agenda import AgendaConfig
from stillroom.simulators.llm_user import LlmUser
from stillroom.simulators.noise import LEVELS
from stillroom.simulators.noisy import NoisyUser
from stillroom.simulators.stage import Stage
from stillroom.simulators.user import User, UserError
from stillroom.simulators.wording_bank import Split

KINDS: Final = ("agenda", "noisy", "llm")
_PRIVILEGED: Final = ("expert", "rules", "student")


def check_user(name: str) -> None:
    """Refuse a name that no user has; raise UserError."""
    kind, colon, rest = name.partition(":")
    if kind not in KINDS or (kind == "agenda" and colon):
        raise UserError(f"there is no user {name!r}; known are agenda, noisy, noisy:LEVEL and llm:MODEL")
    if kind == "noisy" and colon and rest not in LEVELS:
        raise UserError(f"there is no level of noise {rest!r}; known are {', '.join(LEVELS)}")
    if kind == "llm" and rest.partition(":")[0] in ("", *_PRIVILEGED):
        raise UserError(
            f"{name!r} names no model that can speak: say which, as in llm:local:qwen2.5-coder-1.5b-instruct"
        )


def cast_user(
    name: str,
    stage: Stage,
    split: Split,
    find_model: Callable[[str], BaseChatModel],
    config: AgendaConfig | None = None,
) -> User:
    """Return the user of this name; raise UserError when there is none, and what `find_model` raises."""
    check_user(name)
    kind, _, rest = name.partition(":")
    agenda = stage.user(split, config)
    if kind == "noisy":
        return NoisyUser(agenda, LEVELS[rest or "medium"], name)
    return LlmUser(find_model(rest), agenda) if kind == "llm" else agenda
