from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.data.schema import CatalogueSchema
from stillroom.tools.likeness import history_likeness, item_likeness, keyword_likeness, tag_column
from stillroom.tools.matcher import Matcher, intent_text
from stillroom.tools.state import Scores, ToolContext, ToolState, UserProfile

Build = Callable[..., Preferences]


@dataclass(frozen=True)
class _Dictionary:
    """Encodes a text by looking it up."""

    vectors: Mapping[str, Scores]

    def encode(self, texts: Sequence[str]) -> Scores:
        return np.stack([self.vectors[text] for text in texts])


def _match(matcher: Matcher, context: ToolContext) -> dict[str, Scores]:
    return dict(matcher(context, ToolState.fresh(context.catalogue), None).state.parts)


def test_alpha_one_is_the_pure_cosine_with_the_intent(catalogue: Catalogue, prefer: Build) -> None:
    context = ToolContext(catalogue, prefer(("wish", "genre", "=", "Drama")), UserProfile((1, 2, 3)))
    expected = catalogue.text_vectors @ catalogue.encoder.encode(["Drama"])[0]
    np.testing.assert_allclose(_match(Matcher(alpha=1.0), context)["match"], expected, atol=1e-6)


def test_without_history_the_collaborative_part_is_zero(catalogue: Catalogue, prefer: Build) -> None:
    context = ToolContext(catalogue, prefer(("wish", "genre", "=", "Drama")))
    assert not _match(Matcher(alpha=0.0), context)["match"].any()


def test_the_attention_follows_its_formula_item_by_item(catalogue: Catalogue) -> None:
    history, temperature = tuple(range(0, 20, 2)), 0.3
    intent = catalogue.encoder.encode(["heist"])[0]
    rated = [row for row in history if catalogue.collaborative[row].any()]
    weights = [np.exp(float(catalogue.text_vectors[row] @ intent) / temperature) for row in rated]
    taste = sum(w * catalogue.collaborative[row].astype(float) for w, row in zip(weights, rated, strict=True))
    taste = np.asarray(taste) / np.linalg.norm(taste)
    expected = [float(catalogue.collaborative[row] @ taste) for row in range(catalogue.n_items)]
    np.testing.assert_allclose(history_likeness(catalogue, history, intent, temperature), expected, atol=1e-5)


def test_a_cold_temperature_attends_to_the_nearest_past_item_only(catalogue: Catalogue) -> None:
    history = tuple(row for row in range(10) if catalogue.collaborative[row].any())
    intent = catalogue.encoder.encode(["heist"])[0]
    nearest = max(history, key=lambda row: float(catalogue.text_vectors[row] @ intent))
    scores = history_likeness(catalogue, history, intent, 1e-4)
    np.testing.assert_allclose(scores, catalogue.collaborative @ catalogue.collaborative[nearest], atol=1e-5)


def test_items_nobody_rated_score_zero(catalogue: Catalogue) -> None:
    cold = ~catalogue.collaborative.any(axis=1)
    assert cold.any()
    history = tuple(range(10))
    assert not history_likeness(catalogue, history, None, 0.1)[cold].any()
    assert not history_likeness(catalogue, tuple(np.flatnonzero(cold)), None, 0.1).any()
    bare = replace(catalogue, collaborative=np.zeros((catalogue.n_items, 0), np.float32))
    assert not history_likeness(bare, history, None, 0.1).any()


def test_the_best_keyword_agrees_with_a_loop(make_catalogue: Callable[[int, int], Catalogue]) -> None:
    for seed in range(5):
        catalogue = make_catalogue(seed, 30)
        vector = catalogue.encoder.encode(["quiet robbery"])[0]
        nearness = dict(zip(catalogue.sets["tag"].values, catalogue.tag_vectors @ vector, strict=True))
        expected = [
            max((nearness[tag] for tag in catalogue.sets["tag"].of(row)), default=0.0)
            for row in range(catalogue.n_items)
        ]
        np.testing.assert_allclose(keyword_likeness(catalogue, vector), expected, atol=1e-6)


def test_keywords_count_whatever_their_facet_is_called(catalogue: Catalogue) -> None:
    vector = catalogue.encoder.encode(["heist"])[0]
    names = {name: "theme" if name == "tag" else name for name in catalogue.schema.facets}
    facets = {names[name]: facet for name, facet in catalogue.schema.facets.items()}
    sets = {names[name]: column for name, column in catalogue.sets.items()}
    renamed = replace(catalogue, schema=CatalogueSchema(name="toy", noun="film", facets=facets), sets=sets)
    assert tag_column(renamed) is sets["theme"]
    expected = keyword_likeness(catalogue, vector)
    assert expected.any()
    np.testing.assert_array_equal(keyword_likeness(renamed, vector), expected)


def test_a_theme_lifts_the_items_that_have_its_keyword(catalogue: Catalogue, prefer: Build) -> None:
    tags = _match(Matcher(tag_weight=1.0), ToolContext(catalogue, prefer(("wish", "tag", "=", "heist"))))["tag"]
    has = catalogue.sets["tag"].mask("heist")
    np.testing.assert_allclose(tags[has], 1.0, atol=1e-5)
    assert tags[~has].max() < 1.0


def test_the_intent_names_what_is_wanted_and_nothing_unwanted(catalogue: Catalogue, prefer: Build) -> None:
    preferences = prefer(
        ("must", "genre", "=", "Comedy"),
        ("avoid", "tag", "=", "violence"),
        ("wish", "tag", "=", "heist"),
        ("must", "year", ">", 1975),
    )
    assert intent_text(ToolContext(catalogue, preferences)) == "Comedy, heist"


def test_an_item_is_most_like_itself(catalogue: Catalogue) -> None:
    for row in range(catalogue.n_items):
        assert int(np.argmax(item_likeness(catalogue, row))) == row


def test_an_item_nobody_liked_is_found_by_what_is_asked_for(catalogue: Catalogue, prefer: Build) -> None:
    """A new item has no collaborative vector, and must still come first when it is the one meant."""
    cold = np.flatnonzero(~catalogue.collaborative.any(axis=1))
    history = UserProfile(tuple(np.flatnonzero(catalogue.collaborative.any(axis=1))[:5].tolist()))
    for row in cold.tolist():
        texts = {"theme": catalogue.text_vectors[row]}
        meant = replace(catalogue, encoder=_Dictionary(texts))
        context = ToolContext(meant, prefer(("wish", "tag", "=", "theme")), history)
        assert int(np.argmax(_match(Matcher(alpha=0.8), context)["match"])) == row


def test_a_history_of_items_nobody_liked_counts_as_none(catalogue: Catalogue, prefer: Build) -> None:
    cold = tuple(np.flatnonzero(~catalogue.collaborative.any(axis=1)).tolist())
    wish = prefer(("wish", "tag", "=", "heist"))
    known, unknown = (_match(Matcher(), ToolContext(catalogue, wish, UserProfile(rows))) for rows in (cold, ()))
    np.testing.assert_array_equal(known["match"], unknown["match"])
