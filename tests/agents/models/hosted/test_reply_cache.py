"""The cache: whole or not at all, for many threads, and a broken file is one sentence."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.hosted.reply_cache import Reply, ReplyCache, reply_key

REPLY = Reply(text="keep", n_in=3, n_out=1, finish_reason="stop", latency_ms=12.5)


def test_a_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "replies.sqlite"
    cache = ReplyCache(path)
    assert cache.get("a") is None and not path.exists()
    cache.put("a", REPLY)
    assert ReplyCache(path).get("a") == REPLY and cache.get("b") is None


def test_the_key_holds_all_that_an_answer_depends_on() -> None:
    asked = ("m", "http://a", [HumanMessage("x")], {"temperature": 0.0})
    others = [
        ("n", *asked[1:]),
        ("m", "http://b", *asked[2:]),
        ("m", "http://a", [SystemMessage("x")], asked[3]),
        ("m", "http://a", [HumanMessage("x"), AIMessage("")], asked[3]),
        ("m", "http://a", [HumanMessage("y")], asked[3]),
        (*asked[:3], {"temperature": 1.0}),
    ]
    assert len({reply_key(*asked), *(reply_key(*other) for other in others)}) == 7
    assert reply_key(*asked) == reply_key("m", "http://a", [HumanMessage("x", id="7")], {"temperature": 0.0})


def test_many_threads_and_caches_share_a_file(tmp_path: Path) -> None:
    caches = [ReplyCache(tmp_path / "replies.sqlite") for _ in range(3)]

    def work(number: int) -> None:
        for place in range(8):
            caches[number % 3].put(f"{number}/{place}", REPLY)

    threads = [Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(caches[0].get(f"{number}/{place}") == REPLY for number in range(6) for place in range(8))


def test_a_file_that_is_no_cache_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ModelError, match="remove the file"):
        ReplyCache(path).get("a")


def test_a_reply_of_another_version_is_asked_anew(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "replies.sqlite")
    cache.put("a", REPLY)
    with closing(sqlite3.connect(cache.path)) as opened, opened:
        opened.execute("UPDATE replies SET reply = '{\"text\": 1}'")
    assert cache.get("a") is None
