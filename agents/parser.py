"""The Parser: reads the command beside what is shown and remembered, and proposes an Edit (RecBot, section 3.2).

One model call. The reply is decoded, references are resolved, and whatever cannot be used is recorded as a fallback:
a model can make the Parser understand nothing, never something that the catalogue does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from langchain_core.language_models import BaseChatModel

from stillroom.agents.ask import ask
from stillroom.agents.grammar import edit_grammar
from stillroom.agents.profiles import PromptProfile, profile_for
from stillroom.agents.reference import resolve
from stillroom.agents.requests import ParseRequest
from stillroom.agents.wire.edit import WireError, decode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import KEEP, Edit
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

    @cached_property
    def profile(self) -> PromptProfile:
        """Return the model's prompt profile; made once, since its hash reads source code."""
        return profile_for(self.model, self.catalogue.schema)

    def __call__(self, request: ParseRequest) -> Parsed:
        """Return what the command changes; an empty command changes nothing and asks no model."""
        if not any(letter.isalnum() for letter in request.command):
            return Parsed(KEEP, KEEP, fallbacks=("the command has no words",))
        call = ask(
            self.model,
            self.profile.render_parse(request),
            node="parse",
            profile=self.profile,
            grammar=edit_grammar(self.catalogue, request.preferences, self.profile.free_text(request)),
        )
        try:
            said = decode_edit(call.reply)
        except WireError as error:
            return Parsed(KEEP, KEEP, (call,), (f"parse: {error}",))
        resolution = resolve(said, request.feed, self.catalogue)
        return Parsed(said, resolution.edit, (call,), tuple(f"parse: {note}" for note in resolution.notes))
