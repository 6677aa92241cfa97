"""Replies that were paid for, kept on disk: the same question to the same model is asked once.

Contract: keyed by model, address, messages and sampling; a reply is there whole or not at all (SQLite); one cache may
be used by several threads and several processes.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Final

from langchain_core.messages import BaseMessage
from pydantic import BaseModel, ConfigDict, ValidationError

from stillroom.agents.models.error import ModelError
from stillroom.data.trajectory import Json

_BUSY_S: Final = 30.0


class Reply(BaseModel):
    """What a model answered: the text, the tokens that it took, why it ended, and how long it was under way."""

    model_config = ConfigDict(frozen=True)

    text: str
    n_in: int
    n_out: int
    finish_reason: str
    latency_ms: float


def reply_key(model: str, address: str, messages: Sequence[BaseMessage], sampling: Mapping[str, Json]) -> str:
    """Return the key of a question: a hash of everything that an answer depends on."""
    said = [[message.type, message.content] for message in messages]
    question = json.dumps([model, address, said, dict(sampling)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(question.encode()).hexdigest()


class ReplyCache:
    """A file of replies; it is made at the first reply, not before."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is opened yet."""
        self.path = path
        self._lock = Lock()

    def get(self, key: str) -> Reply | None:
        """Return the reply to a question, None when it was never answered; raise ModelError for a broken file."""
        if not self.path.exists():
            return None
        rows = self._execute("SELECT reply FROM replies WHERE key = ?", (key,))
        try:
            return Reply.model_validate_json(rows[0][0]) if rows else None
        except ValidationError:
            return None  # written by another version: asked anew, and overwritten

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply; raise ModelError when it cannot be written."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (key, reply.model_dump_json()))

    def _execute(self, statement: str, values: tuple[str, ...]) -> list[tuple[str]]:
        # Opened anew each time: that is a thousandth of what the call takes, and nothing is left open by any thread.
        try:
            with self._lock, closing(sqlite3.connect(self.path, timeout=_BUSY_S)) as opened, opened:
                opened.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL)")
                return opened.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise ModelError(
                f"{self.path}: the replies that were kept cannot be used ({error}): remove the file, or keep none "
                "with --no-cache"
            ) from error
