"""The Parser: reads the command beside what is shown and remembered, and proposes an Edit (RecBot, section 3.2).

One model call, or two where the first reply cannot be used and the prompt profile allows a repair. The reply is
decoded, references are resolved, and whatever cannot be used is recorded as a fallback: a model can make the Parser
understand nothing, never something that the catalogue does not have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from stillroom.agents.ask import ask, is_steered_by
from stillroom.agents.command import (
    Appeal,
    corrected_number,
    excuses,
    has_words,
    is_called_off,
    is_chatter,
    is_only_appeal,
    is_only_question,
    misses_title,
    name_last,
    named_alone,
    read_appeal,
    refuse,
    resolve,
    takes_back,
    without_repeats,
)
from stillroom.agents.command.excepted import ban_excepted, excepts
from stillroom.agents.command.exclusions import dated_as_said
from stillroom.agents.command.forbidden import ban_forbidden, forbids
from stillroom.agents.command.opening import is_only_polite
from stillroom.agents.command.permissions import Permission, lifted, read_permission
from stillroom.agents.command.replacements import read_replacement
from stillroom.agents.command.rewrite import rewrite
from stillroom.agents.command.scales import on_scale
from stillroom.agents.grammar import edit_grammar
from stillroom.agents.profiles import PromptProfile, profile_for
from stillroom.agents.prompt_text import command_text
from stillroom.agents.repair import repair_messages
from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, as_said, is_only_reset, parse_command, read_whole
from stillroom.agents.rules.events import find_positions
from stillroom.agents.rules.places import places_beyond
from stillroom.agents.rules.text import plain
from stillroom.agents.wire.edit import WireError, decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import KEEP, Edit
from stillroom.data.preferences import Preferences
from stillroom.data.schema import FacetKind
from stillroom.data.trajectory import Call


@dataclass(frozen=True)
class Parsed:
    """What the Parser made of a command: the edit as said and as resolved, the call, and any fallback."""

    said: Edit
    edit: Edit
    calls: tuple[Call, ...] = ()
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parser:
    """A model that reads commands about one catalogue."""

    model: BaseChatModel
    catalogue: Catalogue

    def __post_init__(self) -> None:
        """Read the catalogue's words now, where they are needed: no turn should wait for that."""
        if is_steered_by(self.model, "draft"):
            _ = self._vocabulary

    @cached_property
    def profile(self) -> PromptProfile:
        """Return the model's prompt profile; made once, since its hash reads source code."""
        return profile_for(self.model, self.catalogue.schema)

    def __call__(self, request: ParseRequest) -> Parsed:
        """Return what the command changes.

        No model is asked about a command without words or that cannot be read, and none where code knows what is said
        (`_by_code`); any other is read as `rewrite` says it.
        A reply that cannot be used is asked for once more where the profile allows that; both are recorded.
        """
        if not has_words(request.command):
            return Parsed(KEEP, KEEP, fallbacks=("the command has no words",))
        if refusal := refuse(request.command):
            return Parsed(KEEP, KEEP, fallbacks=(f"not asked of the model: {refusal}",))
        known = self._by_code(request)
        if known is not None:
            return Parsed(known, known)
        said = name_last(request, self.catalogue.schema)
        if said is None:
            return Parsed(KEEP, KEEP)
        request = replace(request, command=said)
        if permission := read_permission(said):
            return self._read_beside(permission, request)
        return self._read_by_model(request)

    def _by_code(self, request: ParseRequest) -> Edit | None:
        """Return what a command changes of which nothing is left to understand; None where a model should be asked.

        Such a command only asks or talks, is called off, takes back everything or something of nothing, excuses
        something from a ban, puts a number right, or is a name alone.
        """
        command, remembered = request.command, request.preferences.remembered
        no_effect = (is_only_appeal, is_called_off, is_only_question, is_chatter)
        if any(has_none(command) for has_none in no_effect) or misses_title(command, self.catalogue):
            return KEEP
        if (takes_back(command) and not remembered) or excuses(command, request.preferences):
            return KEEP
        if is_only_reset(plain(command)):
            return Edit.of((), request.preferences.ids)
        corrected = corrected_number(command, request.preferences, self.catalogue.schema)
        return self._named_alone(command) if corrected is None else corrected

    def _read_beside(self, permission: Permission, request: ParseRequest) -> Parsed:
        """Return what the command says beside a permission, and with it what the permission takes back."""
        freed = lifted(permission, request, self._vocabulary, self.catalogue)
        if is_only_polite(permission.rest):
            edit = Edit.of((), freed)
            return Parsed(edit, edit)
        parsed = self._read_by_model(replace(request, command=permission.rest))
        gone = tuple(name for name in request.preferences.ids if name in (*parsed.edit.retract, *freed))
        return replace(parsed, edit=Edit.of(parsed.edit.add, gone))

    def _read_by_model(self, request: ParseRequest) -> Parsed:
        request = replace(request, command=rewrite(request.command, request.feed, self.catalogue))
        plain_wish = self._plain_wish(request)
        if plain_wish is not None:
            return Parsed(plain_wish, plain_wish)
        messages = self.profile.render_parse(request)
        calls: tuple[Call, ...] = ()
        notes: tuple[str, ...] = ()
        for attempt in range(1 + self.profile.n_repairs):
            call = self._ask(messages, request)
            calls = (*calls, call)
            parsed = self._read(call.reply, request)
            last = attempt == self.profile.n_repairs
            if parsed.said is not None and (not parsed.problems or last):
                found = tuple(f"parse: {problem}" for problem in parsed.problems)
                return Parsed(parsed.said, parsed.edit, calls, (*notes, *found))
            problem = "; ".join(parsed.problems)
            notes = (*notes, f"parse: {problem}", *(() if last else ("parse: asked once more",)))
            messages = [*messages, *repair_messages(call.reply, problem)]
        return Parsed(KEEP, KEEP, calls, notes)

    def _named_alone(self, command: str) -> Edit | None:
        """Return the wish that a name alone is; models that take no draft, larger ones, see that for themselves."""
        if not is_steered_by(self.model, "draft"):
            return None
        return named_alone(command, self.catalogue, self._vocabulary)

    def _ask(self, messages: list[BaseMessage], request: ParseRequest) -> Call:
        return ask(
            self.model,
            messages,
            node="parse",
            profile=self.profile,
            grammar=edit_grammar(self.catalogue, request.preferences, self.profile.free_text(request)),
            draft=self.draft(request),
        )

    def draft(self, request: ParseRequest) -> str | None:
        """Return what the word lists make of the command, for a model that takes a draft: often right at first."""
        if not is_steered_by(self.model, "draft"):
            return None
        edit = parse_command(request, self._vocabulary)
        if self.profile.copies_names:
            edit = as_said(edit, command_text(request), request.feed, self._vocabulary)
        return encode_edit(edit)

    def _plain_wish(self, request: ParseRequest) -> Edit | None:
        """Return what a command wishes that the word lists know whole, for a model that is worse at noun phrases."""
        if not self.profile.copies_names or not is_steered_by(self.model, "draft"):
            return None
        return read_replacement(request, self._vocabulary) or read_whole(request, self._vocabulary)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        # Titles are left out: they are many, and a draft that lacks one is only a shorter one.
        return Vocabulary.of_catalogue(self.catalogue, with_titles=False)

    def _read(self, reply: str, request: ParseRequest) -> _Reading:
        try:
            said = decode_edit(reply)
        except WireError as error:
            return _Reading(None, KEEP, (str(error),))
        resolution = resolve(said, request.feed, self.catalogue, request.command)
        if read_appeal(request.command) is Appeal.ORDER:
            return _Reading(said, self._wishes_of_an_order(resolution.edit), resolution.notes)
        dated = dated_as_said(resolution.edit, request.command, self.catalogue)
        scaled = on_scale(dated, request.command, self.catalogue)
        edit = self._without_misplaced(scaled.edit, request)
        if excepts(request.command):
            edit = ban_excepted(edit, request, self._vocabulary, self.catalogue)
        if forbids(request.command):
            edit = ban_forbidden(edit, request, self._vocabulary)
        if edit.retract:
            edit = _without_echoes(without_repeats(edit, request, self._vocabulary), request.preferences)
        return _Reading(said, edit, (*resolution.notes, *scaled.notes))

    def _without_misplaced(self, edit: Edit, request: ParseRequest) -> Edit:
        """Return the edit without shown items where the command points at none of them but at a place beyond."""
        text = plain(request.command)
        if not places_beyond(text, len(request.feed)):
            return edit
        shown = {item.title for item in request.feed}
        if find_positions(text, request.feed) or any(plain(title) in text for title in shown):
            return edit
        kept = (constraint for constraint in edit.add if constraint.value not in shown)
        return Edit.of(tuple(kept), edit.retract)

    def _wishes_of_an_order(self, edit: Edit) -> Edit:
        """Return what somebody who gives the agent orders may still change: known values, and nothing taken back."""
        tags = {facet.name for facet in self.catalogue.schema.of_kind(FacetKind.TAG)}
        known = (
            constraint
            for constraint in edit.add
            if constraint.facet not in tags or constraint.value in self.catalogue.sets[constraint.facet].values
        )
        return Edit.of(tuple(known), ())


def _without_echoes(edit: Edit, preferences: Preferences) -> Edit:
    """Return the edit without wishes that it takes back in the same breath: nobody says what would change nothing."""
    gone = {item.constraint for item in preferences.remembered if item.id in edit.retract}
    return Edit.of(tuple(constraint for constraint in edit.add if constraint not in gone), edit.retract)


@dataclass(frozen=True)
class _Reading:
    """What a reply came to: the edit as said (None when it is no edit) and as resolved, and what is wrong with it."""

    said: Edit | None
    edit: Edit
    problems: tuple[str, ...]
