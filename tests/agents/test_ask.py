"""One question: recorded whole, and a model's own error is not hidden."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from stillroom.agents.ask import ask
from stillroom.agents.models.error import ModelError
from stillroom.agents.profiles import StudentProfile


def test_everything_about_the_question_is_recorded(scripted: Any) -> None:
    model = scripted("keep", model_name="m")
    messages = [SystemMessage("rules"), HumanMessage("parse\n> hi")]
    call = ask(model, messages, node="parse", profile=StudentProfile(), grammar="keep")
    assert (call.node, call.model, call.reply, call.finish_reason) == ("parse", "m", "keep", "stop")
    assert (call.n_tokens_in, call.n_tokens_out, call.prompt_profile) == (7, 3, "student")
    assert call.prompt_hash == StudentProfile().hash
    assert [message["role"] for message in call.messages] == ["system", "human"]
    assert model.grammars == ["keep"]


def test_a_model_that_says_nothing_of_itself_is_recorded_by_its_type() -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage("keep")]))
    call = ask(model, [HumanMessage("x")], node="parse", profile=StudentProfile())
    assert call.model == model._llm_type and call.n_tokens_in == 0 and call.sampling["grammar"] is False


def test_a_models_own_error_is_raised(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ModelError("the weights are gone")

    model = scripted("keep")
    monkeypatch.setattr(type(model), "_generate", broken)
    with pytest.raises(ModelError, match="the weights are gone"):
        ask(model, [HumanMessage("x")], node="parse", profile=StudentProfile())
