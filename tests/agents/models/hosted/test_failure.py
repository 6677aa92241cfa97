"""Failures: whatever a library raises has one kind, and never an exception of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.models.hosted.failure import Failure, FailureKind, classify
from stillroom.agents.models.hosted.retry import RetryConfig, wait_before_retry

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


class HttpError(Exception):
    """An HTTP error as most providers' libraries have it."""

    def __init__(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"Error code: {status}")
        self.status_code, self.body = status, body
        self.response = SimpleNamespace(status_code=status, headers=headers or {})


def caused_by(cause: BaseException) -> Exception:
    error = RuntimeError("Connection error.")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (HttpError(429), FailureKind.RATE_LIMIT),
        (HttpError(408), FailureKind.TIMEOUT),
        (HttpError(529), FailureKind.TRANSIENT),
        (HttpError(409), FailureKind.TRANSIENT),
        (HttpError(451), FailureKind.DETERMINISTIC),
        (caused_by(HttpError(502)), FailureKind.TRANSIENT),
        (caused_by(ConnectionRefusedError(111, "Connection refused")), FailureKind.UNREACHABLE),
        (caused_by(ConnectionResetError(104, "reset")), FailureKind.TRANSIENT),
        (TimeoutError(), FailureKind.TIMEOUT),
        (AttributeError("'str' object has no attribute 'choices'"), FailureKind.UNREADABLE),
        (KeyError("choices"), FailureKind.UNREADABLE),
        (RuntimeError("something else"), FailureKind.DETERMINISTIC),
    ],
)
def test_the_kind_of_a_failure(error: Exception, kind: FailureKind) -> None:
    assert classify(error, NOW).kind is kind


def test_an_empty_purse_is_no_rate() -> None:
    error = HttpError(429, {"message": "You exceeded your quota"})
    error.args = ("Error code: 429 - {'code': 'insufficient_quota'}",)
    failure = classify(error, NOW)
    assert failure.kind is FailureKind.DETERMINISTIC and failure.reason == "HTTP 429: You exceeded your quota"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=40), usegmt=True)}, 40.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=40), usegmt=True)}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_what_the_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert classify(HttpError(429, headers=headers), NOW).retry_after_s == seconds


@given(st.text(), st.text(), st.integers(400, 599))
def test_no_header_and_no_body_breaks_it(header: str, body: str, status: int) -> None:
    failure = classify(HttpError(status, {"error": {"message": body}}, {"retry-after": header}), NOW)
    assert "\n" not in failure.reason and len(failure.reason) < 250
    wait_s = wait_before_retry(failure, 1, RetryConfig(), Random(0))
    assert wait_s is None or 0 <= wait_s <= 301


@pytest.mark.parametrize("n_failed", range(1, 7))
def test_waits_double_up_to_the_longest_and_half_is_chance(n_failed: int) -> None:
    config, failure = RetryConfig(first_wait_s=2.0, longest_wait_s=20.0), Failure(FailureKind.TRANSIENT, "x")
    waits = [wait_before_retry(failure, n_failed, config, Random(seed)) for seed in range(200)]
    whole = min(20.0, 2.0 * 2 ** (n_failed - 1))
    assert all(wait is not None and whole / 2 <= wait <= whole for wait in waits)
    assert len(set(waits)) > 150
    assert wait_before_retry(failure, 7, config, Random(0)) is None
