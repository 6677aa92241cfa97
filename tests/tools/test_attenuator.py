from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.tools.attenuator import Attenuator
from stillroom.tools.likeness import tag_likeness
from stillroom.tools.state import ToolContext, ToolState

Build = Callable[..., Preferences]


def test_beta_zero_changes_nothing(catalogue: Catalogue, prefer: Build) -> None:
    context = ToolContext(catalogue, prefer(("avoid", "tag", "=", "violence"), ("avoid", "genre", "=", "Horror")))
    part = Attenuator(beta=0.0)(context, ToolState.fresh(catalogue), None).state.parts["attenuate"]
    assert not part.any()


def test_the_worst_of_the_dislikes_counts(catalogue: Catalogue, prefer: Build) -> None:
    context = ToolContext(catalogue, prefer(("avoid", "tag", "=", "violence"), ("avoid", "genre", "=", "Horror")))
    part = Attenuator(beta=2.0)(context, ToolState.fresh(catalogue), None).state.parts["attenuate"]
    near = tag_likeness(catalogue, catalogue.encoder.encode(["violence"])[0])
    horror = catalogue.sets["genre"].mask("Horror")
    expected = [-2.0 * max(0.0, float(near[row]), float(horror[row])) for row in range(catalogue.n_items)]
    np.testing.assert_allclose(part, expected, atol=1e-5)


def test_wishes_and_bans_do_not_attenuate(catalogue: Catalogue, prefer: Build) -> None:
    context = ToolContext(catalogue, prefer(("wish", "tag", "=", "heist"), ("ban", "genre", "=", "Horror")))
    step = Attenuator()(context, ToolState.fresh(catalogue), None)
    assert not step.state.parts["attenuate"].any()
    assert step.outcome == "pushed down by 0 things"


def test_an_unwanted_item_pushes_its_like_down_most(catalogue: Catalogue, prefer: Build) -> None:
    context = ToolContext(catalogue, prefer(("avoid", "item", "like", catalogue.titles[5])))
    part = Attenuator()(context, ToolState.fresh(catalogue), None).state.parts["attenuate"]
    assert int(np.argmin(part)) == 5
