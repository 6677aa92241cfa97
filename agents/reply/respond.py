"""The agent's reply: one or two short sentences about what was understood, given up, or asked.

Contract: pure, from the turn's state alone; no model is asked, so a reply never repeats an order or makes a fact up.
"""

from __future__ import annotations

from stillroom.agents.command import (
    Appeal,
    Chatter,
    asks_about_all,
    excuses,
    has_words,
    n_undone,
    name_last,
    read_chatter,
    refuse,
)
from stillroom.agents.reply.absence import give_absence
from stillroom.agents.reply.answer import give_facts, give_reason, item_meant, list_wishes, recall
from stillroom.agents.reply.describe import describe_all, describe_constraint
from stillroom.agents.reply.extremes import give_extreme
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.agents.rules.places import places_beyond
from stillroom.agents.rules.text import plain
from stillroom.agents.state import FeedState
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import Verdict
from stillroom.data.schema import CatalogueSchema

_PLEASED = "Glad you like it; the feed stays as it is."
_HELP = (
    "Say what you want more of, less of or not at all, point at what is shown, or ask why; I can also undo and forget."
)
_CHATTER = {
    Chatter.COMPLAINT: "What is wrong with them? Tell me what to leave out, or what you want instead.",
    Chatter.START: _HELP,
    Chatter.PRAISE: _PLEASED,
    Chatter.REFUSAL: "All right, the feed stays as it is.",
    Chatter.SERVICE: "I only know what there is, not where or how to get it; the feed stays as it is.",
}
_UNTOUCHED = "Nothing to change there, so the feed stays as it is"


def reply_to(state: FeedState, shown: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Return the reply to a turn; `shown` is the feed that the person typed about, or the first one."""
    noun = catalogue.schema.noun
    command = state["command"]
    if command is None:
        return f"Here is a first feed. Tell me what you want, or which {noun} is wrong."
    if not has_words(command):
        return "I read no words there; the feed stays as it is."
    if refusal := refuse(command):
        return refusal
    if n_undone(command):
        return "Undone." if state["n_undone"] else "There is nothing to undo."
    if state["edit"].verdict is Verdict.KEEP:
        if not state["appeal"].wants_feed:
            return _reply_to_talk(state, command, shown, catalogue)
        parts = ["Here is a more varied feed." if state["appeal"] is Appeal.VARIETY else f"Here are other {noun}s."]
    else:
        parts = _changes(state, catalogue.schema)
    return " ".join([*parts, *_limits(state, catalogue.schema)])


def _reply_to_talk(state: FeedState, command: str, shown: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Return the reply to a command that wants no other feed."""
    if (talk := _CHATTER.get(read_chatter(command))) is not None:
        return talk
    if name_last(ParseRequest(command, shown, state["preferences"]), catalogue.schema) is None:
        return "Which one do you mean? Tell me its place or its name."
    if excuses(command, state["preferences"]):
        newest = state["preferences"].remembered[-1].constraint
        return f"I cannot make exceptions: {describe_constraint(newest, catalogue.schema)} holds, or you take it back."
    appeal, feed = state["appeal"], state["feed"]
    beyond = places_beyond(plain(command), len(shown))
    if beyond and appeal not in (Appeal.MEMORY, Appeal.ORDER):
        return f"There is no number {beyond[0]}: the feed shows {len(shown)}."
    if appeal is Appeal.MEMORY:
        return recall(state["preferences"], catalogue.schema)
    if appeal is Appeal.HELP:
        return _HELP
    if appeal is Appeal.REASON:
        absent = give_absence(command, state["preferences"], feed, catalogue)
        if absent:
            return absent
        wishes = list_wishes(state["preferences"], catalogue.schema)
        if asks_about_all(command) and item_meant(command, shown) is None:
            if wishes:
                return f"That is because of what you told me: {wishes}."
            return "You told me nothing about that yet, so tell me what you would rather have."
        return give_reason(command, feed, shown, catalogue)
    if appeal is Appeal.FACTS:
        extreme = give_extreme(command, feed, catalogue)
        return extreme or give_facts(command, state["preferences"], feed, shown, catalogue)
    if appeal is Appeal.ORDER:
        return "I only look after your feed, so I leave that aside."
    if appeal is Appeal.ABUSE:
        return f"Sorry about that. Tell me which {catalogue.schema.noun} is wrong, and I change the feed."
    if appeal is Appeal.THANKS:
        return _PLEASED
    # Whoever asked what is remembered, in words that nobody foresaw, is answered too.
    wishes = list_wishes(state["preferences"], catalogue.schema)
    return f"{_UNTOUCHED}; I go by: {wishes}." if wishes else f"{_UNTOUCHED}."


def _changes(state: FeedState, schema: CatalogueSchema) -> list[str]:
    edit = state["edit"]
    known = {item.id: item.constraint for past in state["preferences"].past[-1:] for item in past}
    forgotten = tuple(known[name] for name in edit.retract if name in known)
    held = {item.constraint.key for item in state["preferences"].remembered}
    lost = tuple(constraint for constraint in state["proposed"].add if constraint.canonical().key not in held)
    parts = [f"Noted: {describe_all(edit.add, schema)}."] if edit.add else []
    parts += [f"It cannot be {describe_all(lost, schema)} as well, so I left that out."] if lost else []
    return [*parts, f"Forgotten: {describe_all(forgotten, schema)}."] if forgotten else parts


def _limits(state: FeedState, schema: CatalogueSchema) -> list[str]:
    """Return what had to be given up, and that little is left."""
    done, noun = state["tool_state"], schema.noun
    if done is None:
        return []
    given_up = tuple(item.constraint for item in state["preferences"].remembered if item.id in done.relaxed)
    parts = []
    if given_up:
        parts.append(f"Nothing met everything, so I gave up: {describe_all(given_up, schema)}.")
    elif done.repeats:
        parts.append(f"Only {noun}s that you have seen before meet everything, so here they are again.")
    n_left = len(state["feed"])
    if not n_left:
        parts.append(f"No {noun} is left to show.")
    elif not given_up and done.feed and n_left < state["n_wanted"]:
        parts.append(
            f"Only {n_left} {noun}{'s' if n_left > 1 else ''} {'meet' if n_left > 1 else 'meets'} all of that."
        )
    return parts
