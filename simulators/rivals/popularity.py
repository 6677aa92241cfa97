"""The rival `popularity`: the best known items, whatever was said."""

from __future__ import annotations

from dataclasses import dataclass

from stillroom.data.catalogue import Catalogue
from stillroom.simulators.rivals.rival import Question, Ranking, popularity_ranking


@dataclass(frozen=True)
class PopularityRival:
    """Ranks by the percentile of popularity."""

    catalogue: Catalogue

    def rank(self, question: Question) -> Ranking:
        """Return the same ranking for everybody."""
        return popularity_ranking(self.catalogue)
