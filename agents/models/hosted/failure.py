"""Why a hosted model's call failed, in six kinds, whatever library raised it.

Contract: `classify(error, now)` reads HTTP status, headers and the names of the exceptions' classes along the chain of
causes; it imports no provider's package, so that one table serves all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final

_MAX_REASON: Final = 200
_TIMEOUTS: Final = frozenset({"TimeoutError", "TimeoutException", "APITimeoutError", "Timeout"})
_NOBODY: Final = frozenset({"ConnectionRefusedError", "gaierror", "ConnectError", "UnsupportedProtocol"})
_CUT: Final = frozenset(
    {"ConnectionError", "APIConnectionError", "TransportError", "ProtocolError", "ChunkedEncodingError"}
)
# What a library stumbles over when the body is not what the provider promised: it has no error of its own for it.
_GARBLED: Final = (ValueError, TypeError, AttributeError, LookupError)
_TIMEOUT_STATUS: Final = frozenset({408, 504, 524})
_BUSY_STATUS: Final = frozenset({409, 425})


class FailureKind(StrEnum):
    """What kind of failure it was; only a deterministic one is never tried again."""

    RATE_LIMIT = "rate_limit"
    TIMEOUT = "timeout"
    TRANSIENT = "transient"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"
    DETERMINISTIC = "deterministic"


@dataclass(frozen=True)
class Failure:
    """One failed call: its kind, the reason in a few words, and the seconds that the server asks to wait."""

    kind: FailureKind
    reason: str
    retry_after_s: float | None = None


def classify(error: Exception, now: datetime) -> Failure:
    """Return what kind of failure an exception of a provider's library is; `now` is what HTTP dates count from."""
    chain = list(_causes(error))
    status = next((found for cause in chain if (found := _status(cause)) is not None), None)
    if status is not None:
        reason = f"HTTP {status}: {_reason(error)}"
        return Failure(_kind_of(status, error), reason, _retry_after_s(chain, now))
    names = {base.__name__ for cause in chain for base in type(cause).__mro__}
    if names & _TIMEOUTS:
        return Failure(FailureKind.TIMEOUT, "no answer in time")
    if names & _NOBODY:
        return Failure(FailureKind.UNREACHABLE, _reason(chain[-1]))
    if names & _CUT:
        return Failure(FailureKind.TRANSIENT, f"the connection broke ({_reason(chain[-1])})")
    if isinstance(error, _GARBLED) or "APIResponseValidationError" in names:
        return Failure(FailureKind.UNREADABLE, f"the answer cannot be read ({type(error).__name__}: {_reason(error)})")
    return Failure(FailureKind.DETERMINISTIC, f"{type(error).__name__}: {_reason(error)}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        yield here
        here = here.__cause__ or (None if here.__suppress_context__ else here.__context__)


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    for value in (getattr(error, "status_code", None), getattr(response, "status_code", None), _code(error)):
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return None


def _code(error: BaseException) -> object:
    """Return the status as Google's library has it."""
    return getattr(error, "code", None)


def _kind_of(status: int, error: Exception) -> FailureKind:
    if status == 429:
        # An empty purse is no rate: waiting does not fill it.
        return FailureKind.DETERMINISTIC if "insufficient_quota" in str(error) else FailureKind.RATE_LIMIT
    if status in _TIMEOUT_STATUS:
        return FailureKind.TIMEOUT
    if status >= 500 or status in _BUSY_STATUS:
        return FailureKind.TRANSIENT
    return FailureKind.DETERMINISTIC


def _reason(error: BaseException) -> str:
    """Return what the server or the system said, on one line."""
    body = getattr(error, "body", None)
    said: Any = body
    for key in ("error", "message"):
        if isinstance(said, dict) and key in said:
            said = said[key]
    if isinstance(said, dict):
        said = json.dumps(said)
    text = " ".join(str(said or error).split()) or type(error).__name__
    return text if len(text) <= _MAX_REASON else f"{text[: _MAX_REASON - 1]}…"


def _retry_after_s(chain: list[BaseException], now: datetime) -> float | None:
    headers = next(
        (found for cause in chain if (found := getattr(getattr(cause, "response", None), "headers", None))), None
    )
    if headers is None:
        return None
    milliseconds, value = headers.get("retry-after-ms"), headers.get("retry-after")
    for text, scale in ((milliseconds, 0.001), (value, 1.0)):
        try:
            return max(0.0, float(text) * scale)
        except (TypeError, ValueError):
            continue
    return _seconds_to(str(value or ""), now)


def _seconds_to(date: str, now: datetime) -> float | None:
    try:
        then = parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())
