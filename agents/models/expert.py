"""The expert: a privileged teacher that answers from the simulated user's hidden state. It is not a language model.

It exists only inside a simulated session: the simulator tells the oracle what the user is about to mean, the expert
answers the Parser with just that, and the Planner with the standard plan. Whatever is learnt from it is learnt from
the truth of the simulation, and a table must say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from stillroom.agents.models.request_model import RequestModel
from stillroom.agents.plan import standard_plan
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.agents.wire.edit import encode_edit
from stillroom.agents.wire.plan import encode_plan
from stillroom.data.edit import KEEP, Edit


@dataclass
class Oracle:
    """What the simulated user means by the command that it is about to give; the simulator sets it before each turn."""

    edit: Edit = KEEP


class ExpertModel(RequestModel):
    """A chat model that reads the oracle; see the module for what it may be used for."""

    oracle: Oracle
    model_name: str = "expert"

    def reply(self, request: ParseRequest | PlanRequest) -> str:
        """Return what the user means, or the standard plan."""
        if isinstance(request, PlanRequest):
            return encode_plan(standard_plan(request))
        return encode_edit(self.oracle.edit)
