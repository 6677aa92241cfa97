"""What the model of `interecagent:` writes: one JSON object with a profile, a hard filter, a soft filter and a ranking.

Contract: `decode_tool_plan` returns a plan that is inside this schema, or raises ToolPlanError with one sentence that
is shown to the model. `tool_plan_grammar` holds a model on this machine to it, as the feed agent's is held to its
edits: a small one would else write conditions until its tokens are used up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Phrases = Annotated[tuple[Phrase, ...], Field(max_length=12)]


class ToolPlanError(ValueError):
    """A reply that is no plan; the message goes back to the model."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Profile(_Strict):
    """What the model believes of the person, in its own words."""

    like: Phrases = ()
    dislike: Phrases = ()
    expect: Phrases = ()


class Condition(_Strict):
    """One condition of the hard filter; several values are alternatives."""

    column: Phrase
    op: Literal["=", "!=", "<", "<=", ">", ">="]
    value: float | Phrase | Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=8)]


class ToolPlan(_Strict):
    """The calls, in the order in which they are carried out: SQL filter, similarity filter, ranking."""

    profile: Profile = Profile()
    where: Annotated[tuple[Condition, ...], Field(max_length=8)] = ()
    similar_to: Annotated[tuple[Phrase, ...], Field(max_length=5)] = ()
    rank_by: Literal["preference", "similarity", "popularity"] = "preference"
    prefer: Phrases = ()
    unwanted: Phrases = ()


_PHRASE: Final = r'"[^"\\\x00-\x20][^"\\\x00-\x1f]{0,49}"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,2})?"


def tool_plan_grammar(columns: Iterable[str]) -> str:
    """Return the regular expression of plans over these columns, with at most five conditions and short lists."""
    names = "|".join(columns)
    value = rf"(?:{_NUMBER}|{_PHRASE}|\[{_PHRASE}(?:, {_PHRASE}){{0,3}}\])"
    condition = rf'\{{"column": "(?:{names})", "op": "(?:=|!=|<=|<|>=|>)", "value": {value}\}}'
    profile = rf'\{{"like": {_list(5)}, "dislike": {_list(5)}, "expect": {_list(5)}\}}'
    where = rf"\[(?:{condition}(?:, {condition}){{0,4}})?\]"
    ranking = r'"rank_by": "(?:preference|similarity|popularity)"'
    rest = rf'(?:, "prefer": {_list(4)})?(?:, "unwanted": {_list(4)})?'
    return rf'\{{"profile": {profile}, "where": {where}(?:, "similar_to": {_list(3)})?, {ranking}{rest}\}}'


def _list(most: int) -> str:
    return rf"\[(?:{_PHRASE}(?:, {_PHRASE}){{0,{most - 1}}})?\]"


def decode_tool_plan(reply: str) -> ToolPlan:
    """Read the one JSON object of a reply, whatever stands around it; raise ToolPlanError."""
    start, end = reply.find("{"), reply.rfind("}")
    if start < 0 or end < start:
        raise ToolPlanError("there is no JSON object in the reply")
    try:
        return ToolPlan.model_validate_json(reply[start : end + 1])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the object"
        raise ToolPlanError(f"{where}: {first['msg']}") from error
