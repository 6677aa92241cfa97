"""An OpenAI-compatible server on loopback that fails as it is told: every request takes the next step of a script."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Answer = Callable[[list[dict[str, Any]]], str]
HANG_S = 1.5
DRIP_S, DRIP_EVERY_S = 4.0, 0.1


def feed_agent(messages: list[dict[str, Any]]) -> str:
    """Answer as a modest feed agent: it knows comedies, and always plans the same."""
    text = str(messages[-1]["content"])
    if text.startswith("plan"):
        return "filter\nmatch\naggregate"
    return "must genre = Comedy" if "comed" in text.rpartition("> ")[2] else "keep"


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that was killed


@dataclass
class HostedServer:
    """The script and what came in. Steps: ok, hang, drip, cut, garbage, empty, uncounted, or a status, as "429:2"."""

    answer: Answer = feed_agent
    n_in: int = 10
    n_out: int = 5
    delay_s: float = 0.0
    steps: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    n_at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    choose: Callable[[HostedServer], str] | None = None

    def __post_init__(self) -> None:
        self.http = QuietServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    @property
    def n_requests(self) -> int:
        return len(self.bodies)

    def script(self, steps: Iterable[str]) -> None:
        self.steps += steps

    def enter(self, body: dict[str, Any], key: str | None) -> str:
        with self.lock:
            self.bodies.append(body)
            self.keys.append(key)
            self.n_at_once += 1
            self.most_at_once = max(self.most_at_once, self.n_at_once)
            if self.choose is not None:
                return self.choose(self)
            return self.steps.pop(0) if self.steps else "ok"

    def leave(self) -> None:
        with self.lock:
            self.n_at_once -= 1


def _handler(server: HostedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            step = server.enter(body, self.headers.get("Authorization"))
            try:
                time.sleep(server.delay_s)
                self.serve(body, step)
            except (BrokenPipeError, ConnectionResetError):
                pass  # whoever asked has gone, as a client that waited too long does
            finally:
                server.leave()

        def serve(self, body: dict[str, Any], step: str) -> None:
            if step[0].isdigit():
                status, _, after = step.partition(":")
                error = {"error": {"message": f"scripted {status}", "type": "scripted", "code": None}}
                self.send(int(status), json.dumps(error).encode(), {"Retry-After": after} if after else {})
                return
            if step == "hang":
                time.sleep(HANG_S)
            text = json.dumps(reply(server, body, counted=step != "uncounted")).encode()
            if step == "cut":
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text[: len(text) // 2])
                self.wfile.flush()
                self.close_connection = True
                return
            if step == "drip":
                self.drip(text)
                return
            self.send(200, {"garbage": b'{"id": "x", "choi', "empty": b"{}"}.get(step, text), {})

        def drip(self, text: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            n_drops = round(DRIP_S / DRIP_EVERY_S)
            for at in range(n_drops):
                self.wfile.write(text[at : at + 1])
                self.wfile.flush()
                time.sleep(DRIP_EVERY_S)
            self.wfile.write(text[n_drops:])

        def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def reply(server: HostedServer, body: dict[str, Any], counted: bool) -> dict[str, Any]:
    message = {"role": "assistant", "content": server.answer(body["messages"])}
    usage = {
        "prompt_tokens": server.n_in,
        "completion_tokens": server.n_out,
        "total_tokens": server.n_in + server.n_out,
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        **({"usage": usage} if counted else {}),
    }
