"""Query rewriting: a command that leans on the feed, said so that it can be read without it.

A student's prompt holds no feed (decision 001), so what only the feed can tell is put into the command by code before
any model reads it: "the Nolan one" becomes "the third one", "newer than the second one" becomes "newer than 1999". So
is what only the catalogue can tell: "from the last ten years".

    rewrite("shorter than Titanic, please", feed, catalogue)  ->  "shorter than 194 minutes, please"

Contract: pure; a command that names nothing of the kind, or in which more than one item may be meant, stays word for
word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from stillroom.agents.command.company import name_dislikes
from stillroom.agents.command.comparisons import name_values
from stillroom.agents.command.exceptions import name_exceptions
from stillroom.agents.command.feedback import name_feedback
from stillroom.agents.command.languages import name_languages
from stillroom.agents.command.moods import name_moods
from stillroom.agents.command.numbers import name_numbers
from stillroom.agents.command.periods import name_periods
from stillroom.agents.command.pronouns import name_these
from stillroom.agents.command.reference import find_described
from stillroom.agents.command.wholes import name_wholes
from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.events import Item, find_positions
from stillroom.agents.rules.places import MAX_NAMED, Pointing, find_from_the_end, find_groups, say_places
from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue

_REST: Final = re.compile(
    r"(?:i like |keep )?(?P<kept>.{3,80}?)(?: (?:is|are|look|looks) (?:fine|good|ok|okay|great|perfect|nice))?[,;.]? "
    r"(?:and |but )?(?P<verb>drop|hide|remove|lose|skip) (?:all )?(?:of )?the (?:rest|others|other ones)[.! ]*",
    re.IGNORECASE,
)
# "Starring Tom Hanks" goes on from a noun that was left out.
_HEADLESS: Final = re.compile(
    r"\s*(starring|(?:directed|written|produced|composed) by|set (?:in|on|at|during)|(?:shot|filmed) (?:in|on|by)) ",
    re.IGNORECASE,
)
# "Not no comedy" takes back a ban.
_NOT_NO: Final = re.compile(r"\bnot no (?P<what>[\w-]+(?: [\w-]+)?)(?=$|[.,;!?])", re.IGNORECASE)
# Not "better than 4": stars are as small as places.
_BARE: Final = re.compile(
    r"\b(?P<before>like|look of|love|liked|loved|(?:older|newer|earlier|later|longer|shorter) than)"
    r" (?P<one>\d\d?)(?: and (?P<other>\d\d?))?"
    r"(?=$|[.,;:!?)](?!\d)| (?:and (?!a half)|but|please|too|instead|only|though)\b)",
    re.IGNORECASE,
)


def rewrite(command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Return the command with periods, comparisons to an item, groups, and descriptions of a shown one replaced."""
    n_shown = len(feed)
    command = _NOT_NO.sub(r"\g<what> is fine", command)
    if headless := _HEADLESS.match(command):
        command = f"something {headless[1].lower()} {command[headless.end() :]}"
    command = name_dislikes(name_feedback(name_these(command, feed), feed, catalogue))
    command = name_wholes(name_exceptions(command, catalogue), catalogue)
    command = name_moods(command, catalogue)
    command = name_languages(command, catalogue.schema)
    command = name_periods(name_numbers(command, catalogue), catalogue)
    command = _name_pointings(command, find_from_the_end(command, n_shown), n_shown)
    command = _name_bare_numbers(command, n_shown)
    command = name_values(command, feed, catalogue)
    command = _name_pointings(command, find_groups(command, n_shown), n_shown)
    command = _name_rest(command, feed)
    return _name_places(command, feed, catalogue)


def _name_pointings(command: str, pointings: Sequence[Pointing], n_shown: int) -> str:
    """Name places from the beginning and one at a time: a model can do neither from "the last two"."""
    for found in reversed(pointings if n_shown <= MAX_NAMED else ()):
        command = f"{command[: found.start]}{say_places(found.places)}{command[found.end :]}"
    return command


def _name_bare_numbers(command: str, n_shown: int) -> str:
    """Say "number 2" for "2" where a number can only be a place: "like 2 and 5", "older than 2"."""

    def named(found: re.Match[str]) -> str:
        numbers = [int(number) for number in (found["one"], found["other"]) if number]
        if not all(1 <= number <= n_shown for number in numbers):
            return found.group()
        return f"{found['before']} {' and '.join(f'number {number}' for number in numbers)}"

    return _BARE.sub(named, command)


def _name_rest(command: str, feed: tuple[ShownItem, ...]) -> str:
    """Replace "the first one is fine, drop the rest" by the places of the rest: what is kept is no wish."""
    found = _REST.fullmatch(command)
    events = find_positions(plain(found["kept"]), feed) if found else []
    kept = {event.content.title for event in events if isinstance(event.content, Item)}
    rest = [item.position for item in feed if item.title not in kept]
    if found is None or not kept or not rest or len(feed) > MAX_NAMED:
        return command
    return f"{found['verb']} {say_places(rest)}"


def _name_places(command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Replace descriptions of a shown item ("the Nolan one") by its place."""
    nouns = "|".join(dict.fromkeys(("one", "film", "movie", "flick", re.escape(catalogue.schema.noun))))
    described = re.compile(rf"\bthe [\w'-]+(?: [\w'-]+)? (?:{nouns})\b(?! (?:in|on|about|of|with|by)\b)", re.I)

    def named(found: re.Match[str]) -> str:
        item = find_described(found.group(), feed, catalogue)
        return found.group() if item is None or item.position > MAX_NAMED else say_places([item.position])

    return described.sub(named, command)
