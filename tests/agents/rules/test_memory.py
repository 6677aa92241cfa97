"""Forgetting everything: what says so and nothing else needs no model."""

from __future__ import annotations

import pytest

from stillroom.agents.rules import is_only_reset


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("start over", True),
        ("forget everything so far, please", True),
        ("ok, forget everything i said", True),
        ("forget everything but the comedies", False),
        ("start over with a comedy", False),
        ("no horror", False),
    ],
)
def test_what_forgets_everything_and_no_more(text: str, only: bool) -> None:
    assert is_only_reset(text) is only
