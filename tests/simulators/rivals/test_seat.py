"""A rival in a seat: opens as every agent does, shows nothing twice, remembers the commands, and is scored in full."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from stillroom.data.catalogue import Catalogue
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.evaluation_table import sessions_table
from stillroom.simulators.rivals.load import is_rival, load_rival, rival_seat
from stillroom.simulators.rivals.rival import Question, Ranking, RivalError
from stillroom.simulators.rivals.seat import seat_graph
from stillroom.simulators.session import Seat, SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.wording_bank import Split

CHEAP = ("popularity", "bm25", "dense:minilm")


@dataclass
class Spy:
    """Ranks by row number, the last row first, and keeps what it was asked."""

    catalogue: Catalogue
    asked: list[Question] = field(default_factory=list)

    def rank(self, question: Question) -> Ranking:
        self.asked.append(question)
        scores = np.arange(self.catalogue.n_items, dtype=np.float32)
        return Ranking(scores, profile=f"heard {len(question.commands)}")


def session(stage: Stage, seat: Seat, card: UserCard, setting: Setting = Setting.MULTI_ROUND) -> Episode:
    return SessionRunner(stage.catalogue, stage.user(Split.EVALUATION), seat).run(card, setting, seed=5)


def spied(stage: Stage, card: UserCard) -> tuple[Spy, Episode]:
    spy = Spy(stage.catalogue)
    return spy, session(stage, Seat(seat_graph(stage.catalogue, spy, "spy", stage.config), "spy"), card)


def farthest(cards: tuple[UserCard, ...]) -> UserCard:
    """Return the card whose target a ranking by row shows last."""
    return min(cards, key=lambda card: card.target)


def test_a_rival_opens_with_the_same_feed_as_an_agent(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    for card in cards[:4]:
        _, episode = spied(tiny_stage, card)
        assert episode.turns[0].feed == session(tiny_stage, tiny_stage.expert_seat(), card).turns[0].feed


def test_nothing_is_shown_twice_and_nothing_of_the_history(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    card = farthest(cards)
    _, episode = spied(tiny_stage, card)
    shown = [str(item["id"]) for turn in episode.turns for item in turn.feed]
    n_fresh = tiny_stage.catalogue.n_items - len(card.history)
    assert len(episode.turns) > 3 and len(shown) <= n_fresh
    assert len(set(shown)) == len(shown) and not set(shown) & set(episode.history)


def test_the_feed_is_the_ranking_with_reasons(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    card = farthest(cards)
    _, episode = spied(tiny_stage, card)
    opened = {str(item["id"]) for item in episode.turns[0].feed}
    left = [
        name for name in reversed(tiny_stage.catalogue.ids) if name not in opened and name not in set(episode.history)
    ]
    assert [item["id"] for item in episode.turns[1].feed] == left[:10]
    assert all(item["reason"] for item in episode.turns[1].feed)


def test_a_rival_hears_every_command_so_far_and_keeps_its_own_words(
    tiny_stage: Stage, cards: tuple[UserCard, ...]
) -> None:
    spy, episode = spied(tiny_stage, farthest(cards))
    said = tuple(turn.command for turn in episode.turns[1:])
    assert [question.commands for question in spy.asked] == [said[: n + 1] for n in range(len(said))]
    assert [question.profile for question in spy.asked] == ["", *(f"heard {n + 1}" for n in range(len(said) - 1))]
    assert all(turn.preferences_after == () for turn in episode.turns)


def test_one_seat_serves_sessions_that_know_nothing_of_each_other(
    tiny_stage: Stage, cards: tuple[UserCard, ...]
) -> None:
    spy = Spy(tiny_stage.catalogue)
    seat = Seat(seat_graph(tiny_stage.catalogue, spy, "spy", tiny_stage.config), "spy")
    graph = seat.graph
    states = [graph.invoke({"command": None, "history": card.history}) for card in cards[:2]]
    for words in ("one", "two"):
        states = [graph.invoke({**state, "command": f"{words} {n}"}) for n, state in enumerate(states)]
    assert [question.commands for question in spy.asked[2:]] == [("one 0", "two 0"), ("one 1", "two 1")]


def test_the_target_has_its_place_in_the_full_ranking(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    card = farthest(cards)
    _, episode = spied(tiny_stage, card)
    turn, opened = episode.turns[1], {str(item["id"]) for item in episode.turns[0].feed}
    better = [
        row
        for row in range(card.target, tiny_stage.catalogue.n_items)
        if row not in card.history and tiny_stage.catalogue.ids[row] not in opened
    ]
    assert turn.state["target_rank"] == len(better)


def test_a_person_does_not_leave_a_rival_for_having_no_edit(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    """Patience counts commands that changed nothing; a rival's feed changes with every command."""
    stubborn = [session(tiny_stage, rival_seat("popularity", tiny_stage), card) for card in cards[:8]]
    assert {episode.outcome.value for episode in stubborn} <= {"satisfied", "out_of_rounds"}
    assert any(episode.n_rounds > 4 for episode in stubborn)


def test_what_may_not_be_shown_is_left_out_until_nothing_else_is_left(tiny: Catalogue, tiny_stage: Stage) -> None:
    allowed = np.zeros(tiny.n_items, np.bool_)
    allowed[[3, 4]] = True

    @dataclass
    class Narrow:
        def rank(self, question: Question) -> Ranking:
            return Ranking(tiny.popularity, allowed)

    graph = seat_graph(tiny, Narrow(), "narrow", tiny_stage.config)
    opened = graph.invoke({"command": None, "history": ()})
    opened = {**opened, "shown": (), "feed": ()}
    first = graph.invoke({**opened, "command": "only those"})
    assert {item.row for item in first["feed"]} == {3, 4}
    second = graph.invoke({**first, "command": "and now?"})
    assert len(second["feed"]) == 10 and not {3, 4} & {item.row for item in second["feed"]}


@pytest.mark.parametrize("name", CHEAP)
def test_every_cheap_rival_goes_through_sessions_and_a_table(
    name: str, tiny_stage: Stage, cards: tuple[UserCard, ...], store: Store
) -> None:
    seat = rival_seat(name, tiny_stage)
    episodes = [session(tiny_stage, seat, card) for card in cards[:3]]
    run = store.start_run({"kind": "rivals"}, seed=5, run_id="r")
    for number, episode in enumerate(episodes):
        store.add_episode(run, replace(episode, key=str(number)))
    read = list(store.episodes(run))
    assert [episode.turns for episode in read] == [episode.turns for episode in episodes]
    result = sessions_table(read, tiny_stage.catalogue, 8).result(50)
    assert result.n == 3 and result.metrics["ndcg_at_10"].value is not None


def test_popularity_hears_nothing_and_bm25_the_words(tiny: Catalogue) -> None:
    asked = [Question((), ("a heist please",)), Question((), ("a courtroom please",))]
    deaf, listening = load_rival("popularity", tiny), load_rival("bm25", tiny)
    assert (deaf.rank(asked[0]).scores == deaf.rank(asked[1]).scores).all()
    for question, tag in zip(asked, ("heist", "courtroom"), strict=True):
        scores, has = listening.rank(question).scores, tiny.sets["tag"].mask(tag)
        assert scores[has].min() > 0 and not scores[~has].any()


def test_bm25_ranks_a_query_of_unknown_words_by_nothing(tiny: Catalogue) -> None:
    scores = load_rival("bm25", tiny).rank(Question((), ("zzyzx", "the of"))).scores
    assert scores.shape == (tiny.n_items,) and not scores.any()


def test_dense_retrieval_ranks_by_the_commands_as_one_text(tiny: Catalogue) -> None:
    found = load_rival("dense:minilm", tiny).rank(Question((), ("heist", "revenge"))).scores
    expected = tiny.text_vectors @ tiny.encoder.encode(["heist revenge"])[0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bm52", "did you mean bm25?"),
        ("nothing at all", "known are popularity"),
        ("interecagent:", "names no model"),
        ("interecagent:expert", "no language model"),
    ],
)
def test_a_name_that_no_rival_has_is_refused_in_one_sentence(name: str, said: str, tiny: Catalogue) -> None:
    with pytest.raises(RivalError, match=said.replace("?", r"\?")):
        load_rival(name, tiny)


def test_names_of_rivals_are_told_from_names_of_models() -> None:
    assert is_rival("bm25") and is_rival("interecagent:local:x") and is_rival("dense:minilm")
    assert not is_rival("rules") and not is_rival("student:default") and not is_rival("local:x")
