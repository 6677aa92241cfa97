"""What the last feed is counted by: alternatives count as one, dislikes where they are said softly."""

from __future__ import annotations

import numpy as np
import pytest

from stillroom.agents.wire.edit import decode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.trajectory import Episode, Outcome, Turn
from stillroom.simulators.evaluation_table import sessions_table
from stillroom.simulators.session_scores import satisfied_pairs


def said(lines: str, feed: list[int] | None = None, catalogue: Catalogue | None = None) -> Turn:
    shown = [{"id": catalogue.ids[row]} for row in feed or []] if catalogue else []
    return Turn(number=1, command="…", gold_edit=decode_edit(lines), gold_said=decode_edit(lines), feed=tuple(shown))


def rows_with(tiny: Catalogue, wanted: str, unwanted: str = "") -> list[int]:
    genre = tiny.sets["genre"]
    mask = genre.mask(wanted) & ~genre.mask(unwanted) if unwanted else genre.mask(wanted)
    return np.flatnonzero(mask)[:3].tolist()


def test_musts_that_are_alternatives_count_as_one(tiny: Catalogue) -> None:
    rows = rows_with(tiny, "Comedy", "Drama") + rows_with(tiny, "Drama", "Comedy")
    assert satisfied_pairs(tiny, [said("must genre = Comedy\nmust genre = Drama")], rows) == (6, 6)
    assert satisfied_pairs(tiny, [said("must genre = Comedy")], rows) == (3, 6)
    assert satisfied_pairs(tiny, [said("ban genre = Comedy\nban genre = Drama")], rows) == (6, 12)


@pytest.mark.parametrize(("lines", "share"), [("avoid genre = Comedy", 0.5), ("ban genre = Comedy", None)])
def test_what_was_softly_unwanted_is_counted_in_the_last_feed(tiny: Catalogue, lines: str, share: float | None) -> None:
    rows = rows_with(tiny, "Comedy", "Drama") + rows_with(tiny, "Drama", "Comedy")
    episode = Episode(
        "k", "tiny", "MR", "expert", user_id="u", outcome=Outcome.SATISFIED, turns=(said(lines, rows, tiny),)
    )
    measured = sessions_table([episode], tiny, 8).result(20)
    assert measured.value("disliked_at_10") == share
