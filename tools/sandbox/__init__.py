"""Where model-written code runs: never in this interpreter, always under limits, host functions its only way out.

Enter at `open_sandbox(name)`; `Sandbox.run(code, state, functions)` takes a state and returns the next one, so that a
session is a value: forking it is using it twice. Nothing here knows what the functions do.
"""

from stillroom.tools.sandbox.choice import SANDBOXES, USUAL_SANDBOX, open_sandbox
from stillroom.tools.sandbox.execution import (
    EMPTY,
    VALID,
    Execution,
    HostFunction,
    Sandbox,
    SandboxError,
    SandboxLimits,
    State,
    StepEnd,
)
from stillroom.tools.sandbox.host_calls import HostCall

__all__ = [
    "EMPTY",
    "SANDBOXES",
    "USUAL_SANDBOX",
    "VALID",
    "Execution",
    "HostCall",
    "HostFunction",
    "Sandbox",
    "SandboxError",
    "SandboxLimits",
    "State",
    "StepEnd",
    "open_sandbox",
]
