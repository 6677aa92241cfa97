"""Languages: "foreign films", "no subtitles", "korean thrillers" said so that a model reads the language in them.

Contract: pure; a catalogue without a facet of languages of which English is one, and any other command, stay word for
word.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from stillroom.agents.rules.words import value_words
from stillroom.data.schema import CatalogueSchema

_ENGLISH: Final = "English"
# Longer commands say enough else: only what is short is misread for want of a capital.
_MAX_WORDS: Final = 8
_FOREIGN: Final = r"(?:foreign(?:[- ]language)?|non[- ]english(?:[- ]language)?|subtitled)"
_NOUNS: Final = r"(?:films?|movies?|flicks?|stuff|cinema|ones?|things?|titles?|books?|novels?)"
_NO: Final = (
    r"(?:(?:absolutely )?(?:no(?: more)?|not|nothing|without|avoid|skip|hide|ban|exclude"
    r"|i (?:hate|dislike|(?:do not|don['\u2019]?t) (?:want|like)|can(?:not|['\u2019]?t) stand))(?: any)?)"
)
# All that is not in English, as a clause of its own.
_NO_FOREIGN: Final = re.compile(
    rf"\b(?:with )?{_NO} (?:{_FOREIGN} {_NOUNS}|subtitles?"
    rf"|subtitled {_NOUNS}|(?:with|in) (?:subtitles|subs|a foreign language)"
    r"|foreign(?=$|[.,;!])|that has subtitles"
    r"|(?:that )?(?:i|you) (?:need|have) to read (?:the )?subtitles (?:for|of|in))(?!\w)",
    re.IGNORECASE,
)
_LED: Final = r"(?P<lead>(?:(?:only|some|more|any|a|good|great|give me|show me|i want|please|recommend|just) )*)"
_FOREIGN_ONLY: Final = re.compile(
    rf"{_LED}{_FOREIGN}(?: (?P<noun>{_NOUNS}))?(?P<rest>(?: (?!and\b|or\b|but\b)[^,.;:!?]*)?)(?P<after>.*)",
    re.IGNORECASE | re.DOTALL,
)
_ABROAD: Final = re.compile(
    r"\b(?:policy|affairs?|legion|correspondents?|ministers?|agents?|exchange|land|body)\b", re.I
)


def name_languages(command: str, schema: CatalogueSchema) -> str:
    """Return the command with what is foreign said as not being in English, and nations with a capital."""
    facet = schema.facets.get("language")
    if facet is None or _ENGLISH not in facet.values:
        return command
    command = _NO_FOREIGN.sub("only in English", command)
    foreign = _FOREIGN_ONLY.fullmatch(command)
    if foreign and not _ABROAD.search(command):
        rest = re.sub(r"^ only\b| please\b", "", foreign["rest"]).strip()
        command = f"nothing in English{', ' if rest else ''}{rest}{foreign['after']}"
    if len(command.split()) > _MAX_WORDS:
        return command
    nations = _nations(schema.facets["country"].values if "country" in schema.facets else (), facet.values)
    words = "|".join(map(re.escape, nations))
    before = rf"(?<![\w'-])({words})(?= (?:{_NOUNS}|{_genres()})\b)"
    return re.sub(before, lambda found: found[1].capitalize(), command)


@lru_cache(maxsize=8)
def _nations(countries: tuple[str, ...], languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the single words, in lower case, of the languages and countries that a catalogue has."""
    tables = value_words()
    known = {"language": languages, "country": countries}
    forms = [form for name, values in known.items() for value in values for form in tables[name].get(value, ())]
    return tuple(
        form
        for form in dict.fromkeys(forms)
        if form.isascii() and form.isalpha() and len(form) > 3 and form != _ENGLISH.lower()
    )


@lru_cache(maxsize=1)
def _genres() -> str:
    """Return the pattern of what genres are called, in one or many."""
    # Not war: "the korean war" is one.
    forms = [form for forms in value_words()["genre"].values() for form in forms if not form.startswith("war")]
    forms.sort(key=len, reverse=True)
    return "|".join(rf"{re.escape(form)}s?" for form in forms)
