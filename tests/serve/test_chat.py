"""The chat's core: turns, undo, forget, model change, sessions kept between starts, and whatever people may type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from stillroom.agents.command import refuse
from stillroom.agents.models.error import ModelError
from stillroom.agents.models.request_model import RequestModel
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.data.catalogue import Catalogue
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode
from stillroom.serve.chat import ChatSession
from stillroom.serve.conversation import EpisodeKeeper, SessionError, StateSerializer, open_sessions


class ReadingModel(RequestModel):
    """Replies to the Parser out of a queue, to the Planner always with the same plan; fails when the queue is empty."""

    replies: list[str]
    model_name: str = "scripted"

    def reply(self, request: ParseRequest | PlanRequest) -> str:
        if isinstance(request, PlanRequest):
            return "filter\nmatch\naggregate"
        if not self.replies:
            raise ModelError("the script is over")
        return self.replies.pop(0)


def talk_with(tiny: Catalogue, *replies: str, kept: list[Episode] | None = None, saver: Any = None) -> ChatSession:
    model = ReadingModel(replies=list(replies))

    def load(name: str) -> BaseChatModel:
        if name == "none":
            raise ModelError("there is no model 'none'")
        return model

    return ChatSession(
        tiny,
        model="scripted",
        load=load,
        saver=saver or InMemorySaver(serde=StateSerializer()),
        keep=(kept if kept is not None else []).append,
    )


def test_a_turn_changes_feed_and_chips(tiny: Catalogue) -> None:
    session = talk_with(tiny, "ban genre = Horror")
    opening = session.open()
    turn = session.turn("no horror")
    assert [(chip.id, chip.text, chip.is_positive, chip.is_hard) for chip in turn.chips] == [
        ("c1", "no Horror", False, True)
    ]
    assert all("Horror" not in item.genres for item in turn.items)
    assert len(turn.feed) == 10
    assert not {item.row for item in turn.feed} & {item.row for item in opening.feed}
    assert turn.reply == "Noted: no Horror."


def test_undo_gives_back_preferences_and_feed(tiny: Catalogue) -> None:
    session = talk_with(tiny, "ban genre = Horror", "must genre = Drama")
    session.open()
    first = session.turn("no horror")
    session.turn("drama only")
    undone = session.undo()
    assert undone.feed == first.feed
    assert undone.chips == first.chips
    session.undo()
    assert session.undo().reply == "There is nothing to undo."


def test_undo_may_be_typed(tiny: Catalogue) -> None:
    session = talk_with(tiny, "ban genre = Horror")
    opening = session.open()
    session.turn("no horror")
    undone = session.turn("undo that, please")
    assert undone.reply == "Undone." and undone.chips == () and undone.feed == opening.feed
    assert undone.record.command == "undo that, please"


def test_several_changes_are_undone_at_once(tiny: Catalogue) -> None:
    session = talk_with(tiny, "ban genre = Horror", "must genre = Drama", "wish runtime less")
    session.open()
    first = session.turn("no horror")
    session.turn("drama only")
    session.turn("shorter")
    undone = session.turn("please undo the last two changes")
    assert (undone.chips, undone.feed, undone.reply) == (first.chips, first.feed, "Undone.")


def test_forget_takes_one_wish_back_and_can_be_undone(tiny: Catalogue) -> None:
    session = talk_with(tiny, "ban genre = Horror\nmust genre = Drama")
    session.open()
    both = session.turn("drama, no horror")
    left = session.forget("c1")
    assert [chip.id for chip in left.chips] == ["c2"]
    assert left.reply == "Forgotten: no Horror."
    assert session.forget("c9").chips == left.chips
    undone = session.undo()
    assert (undone.chips, undone.feed) == (both.chips, both.feed)


def test_another_model_keeps_the_preferences(tiny: Catalogue) -> None:
    session = talk_with(tiny, "ban genre = Horror", "must genre = Drama")
    session.open()
    session.turn("no horror")
    with pytest.raises(ModelError):
        session.use_model("none")
    assert session.model == "scripted"
    session.use_model("other")
    assert [chip.id for chip in session.turn("drama only").chips] == ["c1", "c2"]


def test_a_model_that_fails_changes_nothing(tiny: Catalogue) -> None:
    session = talk_with(tiny, "ban genre = Horror")
    session.open()
    before = session.turn("no horror")
    failed = session.turn("drama only")
    assert "the script is over" in failed.reply
    assert (failed.feed, failed.chips) == (before.feed, before.chips)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no words"),
        ("  \n\t ", "no words"),
        ("?!…", "no words"),
        ("x" * 10_000, "10,000 characters"),
        ("\x00\x01\x02\x7f\x00ELF", "does not look like text"),
        ("\udcff\udcfe\ufffd\ufffd", "does not look like text"),
        ("我想看一部喜剧片", "only understand English"),
        ("Хочу комедию", "only understand English"),
        ("je veux un film français des années 70", "only understand English"),
        ("Ich möchte einen ruhigen Film ohne Gewalt", "only understand English"),
        ("quiero una comedia sin violencia", "only understand English"),
        ("vorrei un film senza violenza", "only understand English"),
        ("quero uma comédia, por favor", "only understand English"),
        ("ik wil graag een komedie", "only understand English"),
        ("no me gustan las películas de terror", "only understand English"),
    ],
)
def test_what_is_no_command_gets_a_polite_reply(tiny: Catalogue, text: str, words: str) -> None:
    session = talk_with(tiny)
    opening = session.open()
    turn = session.turn(text)
    assert words in turn.reply
    assert turn.feed == opening.feed


def test_words_with_accents_and_names_are_english_enough() -> None:
    for text in (
        "Amélie please",
        "something by Kurosawa (黒澤)",
        "naïve café comedies — 90s",
        "las vegas, los angeles",
        "das boot",
    ):
        assert refuse(text) == ""


@given(text=st.text(st.characters(codec=None), max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_answered(tiny: Catalogue, text: str) -> None:
    kept: list[Episode] = []
    session = talk_with(tiny, "keep", kept=kept)
    session.open()
    assert session.turn(text).reply
    session.close()
    assert json.loads(json.dumps(kept[0].to_json()).encode()) == kept[0].to_json()


def test_a_session_goes_on_where_it_was_left(tiny: Catalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_sessions(tmp_path / "deep" / "sessions.sqlite") as saver:
        session = talk_with(tiny, "ban genre = Horror\nwish year more", "must tag = heist", saver=saver)
        session.open()
        session.turn("no horror, newer")
        left = session.turn("heists")
        session.close()
    with open_sessions(tmp_path / "deep" / "sessions.sqlite") as saver:
        again = talk_with(tiny, saver=saver)
        opened = again.open()
        assert (opened.items, opened.chips, opened.preferences) == (left.items, left.chips, left.preferences)
        assert [chip.id for chip in again.undo().chips] == ["c1", "c2"]
    assert not caplog.records


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    path.write_text("no database" * 100, encoding="utf-8")
    with pytest.raises(SessionError, match="no file of saved chats"), open_sessions(path):
        pass


def test_new_forgets_everything_and_keeps_the_record(tiny: Catalogue) -> None:
    kept: list[Episode] = []
    session = talk_with(tiny, "ban genre = Horror", kept=kept)
    session.open()
    session.turn("no horror")
    fresh = session.start_over()
    assert fresh.chips == ()
    assert [turn.command for turn in kept[0].turns] == [None, "no horror"]
    session.close()
    assert len(kept) == 1


@pytest.fixture
def finished(tiny: Catalogue) -> Iterator[Episode]:
    kept: list[Episode] = []
    session = talk_with(tiny, "ban genre = Horror", kept=kept)
    session.open()
    for text in ("no horror", "", "我想看"):
        session.turn(text)
    session.undo()
    session.close()
    yield kept[0]


def test_a_conversation_is_stored_whole(finished: Episode, tmp_path: Path) -> None:
    path = EpisodeKeeper(tmp_path / "chats.duckdb")(finished)
    with Store.open(path, read_only=True) as store:
        stored = next(store.episodes())
        assert stored == finished
        assert [turn.number for turn in stored.turns] == [0, 1, 2, 3, 4]
        assert stored.turns[1].calls[0].reply == "ban genre = Horror"
        assert stored.turns[1].tool_calls


def test_a_conversation_is_kept_aside_when_the_store_cannot_take_it(finished: Episode, tmp_path: Path) -> None:
    (tmp_path / "chats.duckdb").write_text("no store", encoding="utf-8")
    path = EpisodeKeeper(tmp_path / "chats.duckdb")(finished)
    assert path.suffix == ".json"
    assert Episode.from_json(json.loads(path.read_text(encoding="utf-8"))) == finished
