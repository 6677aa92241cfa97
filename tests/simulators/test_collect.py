"""Collection: resumed, lengthened, refused when it is another run; cards drawn fairly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stillroom.data.interactions import Fold, fold_of, split_by_time
from stillroom.data.store import Store, StoreError
from stillroom.simulators.card import draw_cards
from stillroom.simulators.collect import AgentSettings, CollectConfig, collect
from stillroom.simulators.stage import Stage
from stillroom.simulators.wording_bank import Split


def test_a_run_is_made_longer_without_repeating_anything(tiny_stage: Stage, store: Store) -> None:
    steps: list[tuple[int, int]] = []
    run = collect(tiny_stage, tiny_stage.expert_seat(), store, CollectConfig(n_episodes=4))
    first = [episode.to_json() for episode in store.episodes(run)]
    again = collect(
        tiny_stage,
        tiny_stage.expert_seat(),
        store,
        CollectConfig(n_episodes=6),
        run_id=run,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert again == run and steps == [(4, 6), (5, 6), (6, 6)]
    stored = list(store.episodes(run))
    assert [episode.key for episode in stored] == [f"{number:06d}" for number in range(6)]
    assert [episode.to_json() for episode in stored[:4]] == first
    assert [episode.setting for episode in stored] == ["MR", "MR", "MR", "SR", "MR", "MR"]


def test_a_run_of_another_kind_is_not_mixed_in(tiny_stage: Stage, store: Store) -> None:
    run = collect(tiny_stage, tiny_stage.expert_seat(), store, CollectConfig(n_episodes=1))
    with pytest.raises(StoreError):
        collect(
            tiny_stage,
            tiny_stage.expert_seat(),
            store,
            CollectConfig(n_episodes=2, split=Split.EVALUATION),
            run_id=run,
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [("version", "a hash"), ("temperature", 1.5), ("base_url", "http://localhost:1/v1"), ("prompt_profile", "teacher")],
)
def test_a_run_of_the_same_name_but_another_agent_is_not_gone_on_with(
    field: str, value: object, tiny_stage: Stage, store: Store
) -> None:
    config = CollectConfig(n_episodes=1)
    other = replace(config, n_episodes=2, agent=replace(config.agent, **{field: value}))  # type: ignore[arg-type]
    run = collect(tiny_stage, tiny_stage.expert_seat(), store, config)
    with pytest.raises(StoreError, match=f"was started with another {field};"):
        collect(tiny_stage, tiny_stage.expert_seat(), store, other, run_id=run)


def test_an_older_run_that_does_not_say_its_agent_is_gone_on_with_but_at_no_other_temperature(
    tiny_stage: Stage, store: Store
) -> None:
    config = CollectConfig(n_episodes=1, agent=AgentSettings("a hash", 0.0, "http://localhost:1/v1", "teacher"))
    seat = tiny_stage.expert_seat()
    said = {name: value for name, value in config.to_json(tiny_stage, seat).items() if name not in vars(config.agent)}
    assert len(said) == len(config.to_json(tiny_stage, seat)) - 4
    store.start_run(said, seed=config.seed, run_id="older")
    hot = replace(config, agent=replace(config.agent, temperature=0.7))
    with pytest.raises(StoreError, match="was started with another temperature;"):
        collect(tiny_stage, seat, store, hot, run_id="older")
    assert collect(tiny_stage, seat, store, config, run_id="older") == "older"


@pytest.mark.parametrize("fold", list(Fold))
def test_cards_are_of_one_fold_and_their_target_is_no_past(tiny_stage: Stage, fold: Fold) -> None:
    assert tiny_stage.catalogue.interactions is not None
    past = {person.user: person for person in split_by_time(tiny_stage.catalogue.interactions)}
    for card in draw_cards(tiny_stage.catalogue, fold, 30, seed=1):
        assert fold_of(card.user) is fold
        assert card.target in past[card.user].later
        assert card.target not in past[card.user].seen and card.history == past[card.user].history
        assert card.would_do(tiny_stage.catalogue, [card.target])


def test_a_longer_draw_begins_with_the_shorter_one(tiny_stage: Stage) -> None:
    assert tiny_stage.cards(Fold.TRAIN, 20, 7)[:9] == tiny_stage.cards(Fold.TRAIN, 9, 7)
    assert tiny_stage.cards(Fold.TRAIN, 9, 8) != tiny_stage.cards(Fold.TRAIN, 9, 7)


def test_nobody_is_given_what_they_open_with(tiny_stage: Stage) -> None:
    graph = tiny_stage.expert_seat().graph
    for card in tiny_stage.cards(Fold.TRAIN, 12, 7):
        feed = graph.invoke({"command": None, "history": card.history})["feed"]
        assert card.target not in {item.row for item in feed}


def stored(store: Store, run: str) -> dict[str, list[tuple[str | None, object]]]:
    return {
        episode.key: [(turn.command, [item["id"] for item in turn.feed]) for turn in episode.turns]
        for episode in store.episodes(run)
    }


def test_sessions_at_once_are_the_very_sessions_one_after_the_other(tiny_stage: Stage, store: Store) -> None:
    config, steps = CollectConfig(n_episodes=6), list[tuple[int, int]]()
    one = collect(tiny_stage, tiny_stage.expert_seat(), store, config, run_id="one")
    many = collect(
        tiny_stage,
        tiny_stage.expert_seat(),
        store,
        config,
        run_id="many",
        progress=lambda done, total: steps.append((done, total)),
        concurrency=3,
        new_seat=tiny_stage.expert_seat,
    )
    assert stored(store, many) == stored(store, one) and len(stored(store, many)) == 6
    assert steps == [(number, 6) for number in range(7)]


def test_sessions_at_once_need_a_seat_each(tiny_stage: Stage, store: Store) -> None:
    with pytest.raises(ValueError, match="a seat each"):
        collect(tiny_stage, tiny_stage.expert_seat(), store, CollectConfig(n_episodes=2), concurrency=2)
