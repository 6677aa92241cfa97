"""The rival `interecagent:MODEL`: after InteRecAgent (Huang et al., arXiv 2308.16505), a model that plans tools first.

One call plans a whole turn, the tools then run in a fixed order over a bus of candidates: SQL filter, similarity
filter, ranking with preferred and unwanted items. The model keeps what it believes of the person as text.
A reply that is no plan is sent back once with what is wrong; after that, popularity ranks, and that is recorded.
"""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from time import perf_counter
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from stillroom.agents.ask import is_steered_by
from stillroom.agents.chatml import neutralise
from stillroom.agents.feed_graph import shown_items
from stillroom.agents.prompt_text import feed_line
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind
from stillroom.data.trajectory import Call
from stillroom.simulators.rivals.candidate_bus import CandidateBus
from stillroom.simulators.rivals.item_table import ItemTable
from stillroom.simulators.rivals.rival import Question, Ranking, popularity_ranking
from stillroom.simulators.rivals.tool_plan import ToolPlan, ToolPlanError, decode_tool_plan, tool_plan_grammar

_N_COMMANDS: Final = 6
_N_VALUES: Final = 40
_MAX_TOKENS: Final = 400
_NODE: Final = "interecagent"


@dataclass(frozen=True)
class Planned:
    """What asking led to: the tools' outcome when there is one, the calls, and what was wrong with each reply."""

    bus: CandidateBus | None
    plan: ToolPlan = field(default_factory=ToolPlan)
    calls: tuple[Call, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class InteRecAgentRival:
    """A model, a locked table of the items, and the text that explains both to the model."""

    catalogue: Catalogue
    model: BaseChatModel
    table: ItemTable
    system: str

    @classmethod
    def open(cls, catalogue: Catalogue, model: BaseChatModel) -> InteRecAgentRival:
        """Build the table and the prompt of a catalogue."""
        return cls(catalogue, model, ItemTable.of(catalogue), system_text(catalogue.schema))

    def rank(self, question: Question) -> Ranking:
        """Ask for a plan, once more if it cannot be carried out, and rank by it."""
        planned = self._plan(question)
        if planned.bus is None:
            fallen = popularity_ranking(self.catalogue)
            return Ranking(
                fallen.scores,
                profile=question.profile,
                calls=planned.calls,
                fallbacks=(*planned.problems, f"{_NODE}: ranked by popularity"),
            )
        return Ranking(
            planned.bus.scores,
            planned.bus.candidates,
            planned.plan.profile.model_dump_json(exclude_defaults=True),
            planned.calls,
            planned.bus.records,
            planned.problems + planned.bus.notes,
        )

    def _plan(self, question: Question) -> Planned:
        messages: list[BaseMessage] = [SystemMessage(self.system), HumanMessage(self._user_text(question))]
        calls: tuple[Call, ...] = ()
        problems: tuple[str, ...] = ()
        for _ in range(2):
            call = self._ask(messages)
            calls = (*calls, call)
            try:
                plan = decode_tool_plan(call.reply)
                bus = CandidateBus.start(self.catalogue, question).run(plan, self.table)
                return Planned(bus, plan, calls, problems)
            except ToolPlanError as error:
                problems = (*problems, f"{_NODE}: {error}")
                told = (
                    f"That cannot be carried out: {neutralise(str(error))}. Reply with the corrected JSON object only."
                )
                messages = [*messages, AIMessage(neutralise(call.reply)), HumanMessage(told)]
        return Planned(None, calls=calls, problems=problems)

    @cached_property
    def _grammar(self) -> str:
        facets = self.catalogue.schema.facets.values()
        return tool_plan_grammar(facet.name for facet in facets if facet.kind is not FacetKind.ITEM)

    def _user_text(self, question: Question) -> str:
        feed = [feed_line(item) for item in shown_items(question.feed, self.catalogue)]
        *earlier, command = (neutralise(command) for command in question.commands[-_N_COMMANDS:])
        lines = ["shown:", *(feed or ["nothing"]), "said before:", *(earlier or ["nothing"])]
        return "\n".join([*lines, f"profile: {neutralise(question.profile or '{}')}", f"> {command}"])

    def _ask(self, messages: list[BaseMessage]) -> Call:
        start = perf_counter()
        # Weights on this machine stop after 128 tokens unless told otherwise; not every provider can be told.
        how: dict[str, Any] = {"max_tokens": _MAX_TOKENS} if hasattr(self.model, "max_tokens") else {}
        is_held = is_steered_by(self.model, "grammar")
        if is_held:
            how["grammar"] = self._grammar
        reply = self.model.invoke(messages, **how)
        usage = reply.usage_metadata if isinstance(reply, AIMessage) else None
        return Call(
            node=_NODE,
            model=str(getattr(self.model, "model_name", self.model._llm_type)),
            reply=reply.text,
            messages=tuple({"role": message.type, "content": str(message.content)} for message in messages),
            n_tokens_in=usage["input_tokens"] if usage else 0,
            n_tokens_out=usage["output_tokens"] if usage else 0,
            latency_ms=(perf_counter() - start) * 1000,
            prompt_profile=_NODE,
            prompt_hash=hashlib.sha256(self.system.encode()).hexdigest()[:12],
            sampling={"temperature": reply.response_metadata.get("temperature", 0.0), "grammar": is_held},
            finish_reason=str(reply.response_metadata.get("finish_reason", "")),
        )


def system_text(schema: CatalogueSchema) -> str:
    """Return the prompt file with this catalogue's noun and columns."""
    file = resources.files("stillroom.simulators.rivals").joinpath("prompts").joinpath("interecagent.md")
    columns = "\n".join(_column_line(facet) for facet in schema.facets.values() if facet.kind is not FacetKind.ITEM)
    return string.Template(file.read_text(encoding="utf-8")).substitute(noun=schema.noun, columns=columns).strip()


def _column_line(facet: Facet) -> str:
    what = {
        FacetKind.NUMBER: f"a number{f' ({facet.unit})' if facet.unit else ''}",
        FacetKind.POPULARITY: "a number from 0 (obscure) to 100 (well known)",
        FacetKind.PERSON: "names; = and != only",
        FacetKind.TAG: "themes and plot elements in a word or two; = and != only",
        FacetKind.CATEGORICAL: f"= and != only: {', '.join(facet.values[:_N_VALUES]) or 'names'}",
    }
    return f"{facet.name}: {what[facet.kind]}"
