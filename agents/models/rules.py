"""`rules`: the no-LLM baseline as a chat model. It reads the structured request, not the prompt."""

from __future__ import annotations

from pydantic import SkipValidation

from stillroom.agents.models.request_model import RequestModel
from stillroom.agents.plan import standard_plan
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.agents.rules.parser import parse_command
from stillroom.agents.rules.vocabulary import Vocabulary
from stillroom.agents.wire.edit import encode_edit
from stillroom.agents.wire.plan import encode_plan


class RulesModel(RequestModel):
    """Keywords, patterns and scopes over a catalogue's vocabulary; a few milliseconds a command."""

    vocabulary: SkipValidation[Vocabulary]
    model_name: str = "rules"

    def reply(self, request: ParseRequest | PlanRequest) -> str:
        """Return what the word lists and patterns make of a command, or the standard plan."""
        if isinstance(request, PlanRequest):
            return encode_plan(standard_plan(request))
        return encode_edit(parse_command(request, self.vocabulary))
