"""The sandboxes by name, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from stillroom.tools.sandbox.execution import Sandbox, SandboxError, SandboxLimits


def _monty(limits: SandboxLimits, n_workers: int) -> Sandbox:
    from stillroom.tools.sandbox.monty_sandbox import MontySandbox

    return MontySandbox(limits, n_workers)


def _cpython(limits: SandboxLimits, n_workers: int) -> Sandbox:
    from stillroom.tools.sandbox.cpython_sandbox import CPythonSandbox

    return CPythonSandbox(limits)


USUAL_SANDBOX: Final = "monty"
SANDBOXES: Final[Mapping[str, Callable[[SandboxLimits, int], Sandbox]]] = MappingProxyType(
    {"monty": _monty, "cpython": _cpython}
)


def open_sandbox(name: str = USUAL_SANDBOX, limits: SandboxLimits | None = None, n_workers: int = 2) -> Sandbox:
    """Return a sandbox by name, to be entered; raise SandboxError when there is none or it cannot be isolated here."""
    if name not in SANDBOXES:
        raise SandboxError(f"there is no sandbox {name!r}; known are {' and '.join(SANDBOXES)}")
    return SANDBOXES[name](limits or SandboxLimits(), n_workers)
