"""`stillroom distill reword`: how strict the check is when nothing is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from stillroom.agents.models.error import ModelError
from stillroom.data.catalogue import Catalogue
from stillroom.serve import reword_command
from stillroom.serve.console import Meter
from stillroom.serve.reword_command import PARSERS, Strictness, _build_check
from stillroom.simulators.wording_check import Check


def opened(scripted: Any, *missing: str) -> Any:
    """Return a loader of scripted models that lacks some."""

    def load(name: str, *_: object, **__: object) -> Any:
        if name in missing:
            raise ModelError(f"no {name}")
        return scripted()

    return load


def test_both_parsers_have_to_agree_unless_something_else_is_asked_for(
    tiny: Catalogue, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reword_command, "open_model", opened(scripted))
    default = _build_check(None, tiny, Meter(), True)
    assert default.check is Check.BOTH and len(default.parsers) == len(PARSERS) == 2
    assert _build_check(Strictness.ONE, tiny, Meter(), True).check is Check.ONE
    assert not _build_check(Strictness.WORDS, tiny, Meter(), True).parsers


def test_without_a_student_the_rules_have_to_agree_and_it_is_said(
    tiny: Catalogue, scripted: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reword_command, "open_model", opened(scripted, "student:default"))
    default = _build_check(None, tiny, Meter(), True)
    assert default.check is Check.ONE and len(default.parsers) == 1
    assert "student:default cannot be loaded" in capsys.readouterr().err
    with pytest.raises(ModelError):
        _build_check(Strictness.BOTH, tiny, Meter(), True)
