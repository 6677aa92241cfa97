"""A stage: what simulated sessions in one world need, made once: bank, lexicon, binder; and seats for agents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from langchain_core.language_models import BaseChatModel

from stillroom.agents.feed_graph import FeedGraphConfig, build_feed_graph
from stillroom.agents.models.expert import ExpertModel, Oracle
from stillroom.data.catalogue import Catalogue
from stillroom.data.interactions import Fold
from stillroom.data.schema import with_domain
from stillroom.simulators.agenda import AgendaConfig, AgendaUser
from stillroom.simulators.binder import Binder
from stillroom.simulators.card import UserCard, draw_cards
from stillroom.simulators.lexicon import Lexicon, load_lexicon
from stillroom.simulators.session import Seat
from stillroom.simulators.themes import read_themes
from stillroom.simulators.verbalise import Verbaliser
from stillroom.simulators.wording_bank import Split, WordingBank, load_bank


@dataclass(frozen=True)
class Stage:
    """What users of one world draw on; `user` and `seat` put somebody on it."""

    catalogue: Catalogue
    bank: WordingBank
    lexicon: Lexicon
    binder: Binder
    config: FeedGraphConfig = field(default_factory=FeedGraphConfig)

    def user(self, split: Split, config: AgendaConfig | None = None) -> AgendaUser:
        """Return an agenda user who speaks with the wordings of one split."""
        return AgendaUser(
            self.catalogue, self.binder, Verbaliser(self.bank, self.lexicon, split), config or AgendaConfig()
        )

    def seat(self, name: str, model: BaseChatModel) -> Seat:
        """Return a seat for a model."""
        return Seat(build_feed_graph(self.catalogue, model=model, config=self.config), name)

    def cards(self, fold: Fold, n_cards: int, seed: int) -> tuple[UserCard, ...]:
        """Draw cards of people who have something to ask for: their target is not in the feed that they open with."""
        graph = self.expert_seat().graph
        opened: dict[str, frozenset[int]] = {}
        kept: list[UserCard] = []
        for card in draw_cards(self.catalogue, fold, 2 * n_cards, seed):
            if card.user not in opened:
                feed = graph.invoke({"command": None, "history": card.history})["feed"]
                opened[card.user] = frozenset(item.row for item in feed)
            if card.target not in opened[card.user]:
                kept.append(card)
        return tuple(kept[:n_cards])

    def expert_seat(self) -> Seat:
        """Return the seat of the privileged teacher, who reads the user's mind through the seat's oracle."""
        oracle = Oracle()
        graph = build_feed_graph(self.catalogue, model=ExpertModel(oracle=oracle), config=self.config)
        return Seat(graph, "expert", oracle)


def build_stage(catalogue: Catalogue) -> Stage:
    """Read the bank and the lexicon that ship with the package, and prepare this world for them."""
    catalogue = replace(catalogue, schema=with_domain(catalogue.schema))
    lexicon = load_lexicon(catalogue.schema)
    bank = load_bank(schema=catalogue.schema)
    return Stage(catalogue, bank, lexicon, Binder(catalogue, lexicon, read_themes(catalogue, lexicon)))
