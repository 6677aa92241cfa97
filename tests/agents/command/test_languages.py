"""What is foreign is said as not in English; foreign affairs, and catalogues without languages, stay as they are."""

from __future__ import annotations

import pytest

from stillroom.agents.command.languages import name_languages
from stillroom.data.catalogue import Catalogue


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("foreign films", "nothing in English"),
        ("foreign language films only", "nothing in English"),
        ("some foreign thrillers", "nothing in English, thrillers"),
        ("non-english horror, nothing long", "nothing in English, horror, nothing long"),
        ("subtitled movies from the 90s", "nothing in English, from the 90s"),
        ("no foreign films", "only in English"),
        ("i don't want subtitles", "only in English"),
        ("I hate foreign films", "only in English"),
        ("non english comedies please", "nothing in English, comedies"),
        ("comedies, no subtitles please", "comedies, only in English please"),
        ("nothing i need to read subtitles for", "only in English"),
        ("a film with no subtitle", "a film only in English"),
        ("japanese comedies", "Japanese comedies"),
        ("recent american films", "recent American films"),
    ],
)
def test_a_language_is_said_plainly(command: str, said: str, named: Catalogue) -> None:
    assert name_languages(command, named.schema) == said


@pytest.mark.parametrize(
    "command",
    [
        "foreign correspondents",
        "the foreign legion",
        "no foreigners",
        "something about a foreign land",
        "French comedies and foreign ones",
        "the spanish civil war",
        "an american in paris",
        "japanese",
        "in English",
    ],
)
def test_other_commands_stay(command: str, named: Catalogue) -> None:
    assert name_languages(command, named.schema) == command


def test_a_catalogue_without_languages_is_left_alone(named: Catalogue) -> None:
    facets = {name: facet for name, facet in named.schema.facets.items() if name != "language"}
    assert name_languages("foreign films", named.schema.model_copy(update={"facets": facets})) == "foreign films"
