"""A hosted model against a real server that fails as scripted: what is tried again, after how long, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from pydantic import Field

from stillroom.agents.ask import ask, ask_many
from stillroom.agents.feed_graph import build_feed_graph
from stillroom.agents.models.error import ModelError
from stillroom.agents.models.hosted import HostedModel
from stillroom.agents.models.hosted.failure import FailureKind
from stillroom.agents.profiles import StudentProfile
from stillroom.agents.requests import ParseRequest
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences

Open = Callable[..., HostedModel]
QUESTION = [HumanMessage("> comedies")]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("429", FailureKind.RATE_LIMIT),
        ("500", FailureKind.TRANSIENT),
        ("503", FailureKind.TRANSIENT),
        ("504", FailureKind.TIMEOUT),
        ("cut", FailureKind.TRANSIENT),
        ("garbage", FailureKind.UNREADABLE),
        ("empty", FailureKind.UNREADABLE),
    ],
)
def test_what_passes_is_tried_again(
    step: str, kind: FailureKind, hosted_server: Any, open_hosted: Open, waits: list[float]
) -> None:
    hosted_server.script([step, step])
    model = open_hosted()
    reply = model.invoke(QUESTION)
    assert reply.content == "must genre = Comedy"
    assert reply.response_metadata["attempts"] == 3
    assert reply.response_metadata["retried"] == [kind.value] * 2
    assert hosted_server.n_requests == 3 and model.ledger.failures == {kind: 2}
    assert (model.ledger.n_calls, model.ledger.n_retries) == (1, 2)
    assert 0.5 <= waits[0] <= 1.0 <= waits[1] <= 2.0


def test_a_server_that_hangs_is_given_up_and_asked_again(hosted_server: Any, open_hosted: Open) -> None:
    hosted_server.script(["hang"])
    model = open_hosted(timeout_s=0.5)
    assert model.invoke(QUESTION).response_metadata["retried"] == ["timeout"]


def test_a_server_that_drips_is_given_up_when_the_whole_call_takes_too_long(
    hosted_server: Any, open_hosted: Open
) -> None:
    hosted_server.script(["drip"])
    model, start = open_hosted(timeout_s=0.5), perf_counter()
    assert model.invoke(QUESTION).response_metadata["retried"] == ["timeout"]
    assert perf_counter() - start < 3


@pytest.mark.parametrize("step", ["400", "401", "403", "404", "413", "422"])
def test_what_will_not_pass_is_never_tried_again(
    step: str, hosted_server: Any, open_hosted: Open, waits: list[float]
) -> None:
    hosted_server.script([step] * 9)
    with pytest.raises(ModelError, match=f"openai:tiny at http://127.*HTTP {step}: scripted {step}"):
        open_hosted().invoke(QUESTION)
    assert hosted_server.n_requests == 1 and waits == []


def test_retries_come_to_an_end_in_one_sentence(hosted_server: Any, open_hosted: Open, waits: list[float]) -> None:
    hosted_server.script(["500"] * 99)
    with pytest.raises(ModelError, match="gave no answer after 7 tries") as caught:
        open_hosted().invoke(QUESTION)
    assert "\n" not in str(caught.value)
    assert hosted_server.n_requests == 7 and len(waits) == 6 and waits == sorted(waits)


def test_a_body_that_stays_garbled_is_given_up_early(hosted_server: Any, open_hosted: Open) -> None:
    hosted_server.script(["garbage"] * 99)
    with pytest.raises(ModelError, match="cannot be read"):
        open_hosted().invoke(QUESTION)
    assert hosted_server.n_requests == 3


def test_the_servers_own_wish_is_waited_for(hosted_server: Any, open_hosted: Open, waits: list[float]) -> None:
    hosted_server.script(["429:17", "503:2"])
    open_hosted().invoke(QUESTION)
    assert 17 <= waits[0] <= 18 and 2 <= waits[1] <= 3


def test_a_wish_that_is_a_refusal_is_not_waited_for(hosted_server: Any, open_hosted: Open, waits: list[float]) -> None:
    hosted_server.script(["429:86400"])
    with pytest.raises(ModelError, match="HTTP 429"):
        open_hosted().invoke(QUESTION)
    assert waits == []


def test_nobody_there_is_said_at_once(hosted_server: Any, open_hosted: Open, waits: list[float]) -> None:
    hosted_server.url = "http://127.0.0.1:9/v1"
    with pytest.raises(ModelError, match="cannot be reached .*refused"):
        open_hosted().invoke(QUESTION)
    assert waits == []


def test_a_key_that_a_server_quotes_is_masked(
    hosted_server: Any, open_hosted: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_hosted()
    monkeypatch.setenv("OPENAI_API_KEY", "scripted")
    told = open_hosted()
    hosted_server.script(["401", "401"])
    for one, says in ((model, "scripted 401"), (told, r"\[key\] 401")):
        with pytest.raises(ModelError, match=says):
            one.invoke(QUESTION)
    assert hosted_server.keys == ["Bearer none", "Bearer scripted"]


def test_only_text_and_sampling_go_out(hosted_server: Any, open_hosted: Open) -> None:
    request = ParseRequest("comedies", (), Preferences())
    model = open_hosted()
    call = ask(model, StudentProfile().render_parse(request), node="parse", profile=StudentProfile(), grammar="k*")
    body = hosted_server.bodies[0]
    assert body["messages"] == [{"role": "user", "content": "parse\n> comedies"}]
    assert set(body) == {"model", "messages", "temperature", "max_tokens", "stream"}
    assert call.sampling == {"temperature": 0.0, "grammar": False, "attempts": 1, "retried": []}
    assert (call.n_tokens_in, call.n_tokens_out, call.finish_reason) == (10, 5, "stop")


def test_sampling_of_one_call_goes_out(hosted_server: Any, open_hosted: Open) -> None:
    open_hosted().invoke(QUESTION, temperature=0.7, max_tokens=9, seed=3)
    body = hosted_server.bodies[0]
    assert (body["temperature"], body["max_tokens"], body["seed"]) == (0.7, 9, 3)


def test_samples_are_drawn_one_by_one_and_kept_apart(hosted_server: Any, open_hosted: Open, tmp_path: Path) -> None:
    hosted_server.answer = lambda _: f"reply {hosted_server.n_requests}"
    sampling = {"temperature": 0.7, "seed": 40, "max_tokens": 9}

    def draw(cache: Path) -> list[str]:
        model = open_hosted(cache=cache)
        calls = ask_many(model, QUESTION, 4, node="act", profile=StudentProfile(), sampling=sampling)
        assert [call.sampling["seed"] for call in calls] == [40, 41, 42, 43]
        assert {call.sampling["temperature"] for call in calls} == {0.7}
        return [call.reply for call in calls]

    first = draw(tmp_path / "replies.sqlite")
    sent = [(body["temperature"], body["seed"], body["max_tokens"]) for body in hosted_server.bodies]
    assert sent == [(0.7, 40 + at, 9) for at in range(4)] and len(set(first)) == 4
    assert draw(tmp_path / "replies.sqlite") == first and hosted_server.n_requests == 4


class Seedless(GenericFakeChatModel):
    """A provider's model that takes no seed, and knows a reply's limit by another name."""

    temperature: float | None = None
    max_output_tokens: int | None = Field(default=None, alias="max_tokens")
    told: list[tuple[float | None, int | None]] = []

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **named: Any) -> Any:
        assert not named
        self.told.append((self.temperature, self.max_output_tokens))
        return super()._generate(messages, stop, run_manager)


def test_a_provider_without_seeds_is_still_asked_for_every_sample(open_hosted: Open, tmp_path: Path) -> None:
    model = open_hosted(cache=tmp_path / "replies.sqlite")
    said = iter([AIMessage(f"reply {at}") for at in range(9)])
    model.model_name = "other:tiny"
    model._inner = inner = Seedless(messages=said, told=[])
    replies = [model.invoke(QUESTION, temperature=0.7, seed=at % 3, max_tokens=5).content for at in range(4)]
    assert replies == ["reply 0", "reply 1", "reply 2", "reply 0"]
    assert inner.told == [(0.7, 5)] * 3 and inner.temperature is None


def test_what_is_not_given_is_the_models_own(hosted_server: Any, open_hosted: Open) -> None:
    model = open_hosted(temperature=0.3)
    ask(model, QUESTION, node="act", profile=StudentProfile(), sampling={"seed": 2})
    ask(open_hosted(temperature=None), QUESTION, node="parse", profile=StudentProfile())
    first, second = hosted_server.bodies
    assert (first["temperature"], first["seed"], first["max_tokens"]) == (0.3, 2, 2048)
    assert "temperature" not in second and "seed" not in second


def test_thoughts_and_fences_around_a_reply_are_taken_off(hosted_server: Any, open_hosted: Open) -> None:
    hosted_server.answer = lambda _: "<think>keep?\nno</think>\n```text\nban genre = Horror\n```"
    call = ask(open_hosted(), QUESTION, node="parse", profile=StudentProfile(), grammar=".*")
    assert call.reply == "ban genre = Horror"


def test_a_reply_that_is_kept_makes_no_request(hosted_server: Any, open_hosted: Open, tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    first = open_hosted(cache=path).invoke(QUESTION)
    model = open_hosted(cache=path)
    again = model.invoke(QUESTION)
    assert hosted_server.n_requests == 1
    assert again.content == first.content and isinstance(again, AIMessage)
    assert again.response_metadata["cached"] is True and again.response_metadata["attempts"] == 0
    assert (model.ledger.n_cache_hits, model.ledger.n_calls, model.ledger.n_tokens) == (1, 0, 0)
    model.invoke([HumanMessage("> dramas")])
    model.invoke(QUESTION, temperature=0.5)
    model.invoke(QUESTION, seed=1)
    assert hosted_server.n_requests == 4, "another question and another sampling are asked"


def test_the_limit_falls_with_the_rate_and_comes_back(hosted_server: Any, open_hosted: Open) -> None:
    hosted_server.choose = lambda server: "429" if server.n_at_once > 2 else "ok"
    hosted_server.delay_s = 0.01
    model = open_hosted(concurrency=8)
    limits = ask_from_threads(model, 24, 8)
    assert model.ledger.failures[FailureKind.RATE_LIMIT] and model.ledger.n_calls == 24
    assert 1 <= min(limits) <= 4
    hosted_server.choose, hosted_server.delay_s = (lambda _: "ok"), 0.0
    for _ in range(40):
        model.invoke(QUESTION)
    assert model.limiter.limit == 8


def ask_from_threads(model: HostedModel, n_calls: int, n_threads: int) -> list[int]:
    """Ask from many threads, and return the limit that each answer came under."""
    limits: list[int] = []

    def work() -> None:
        for _ in range(n_calls // n_threads):
            model.invoke(QUESTION)
            limits.append(model.limiter.limit)

    threads = [Thread(target=work) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return limits


def test_a_session_runs_through_the_feed_graph(hosted_server: Any, open_hosted: Open, tiny: Catalogue) -> None:
    hosted_server.script(["500", "429"])
    graph = build_feed_graph(tiny, model=open_hosted())
    state = graph.invoke({"command": None, "history": (1, 2)})
    assert hosted_server.n_requests == 0 and state["feed"]
    state = graph.invoke({**state, "command": "only comedies please"})
    assert [str(c.value) for c in state["preferences"].constraints] == ["Comedy"]
    assert state["fallbacks"] == () and len(state["calls"]) == 2
    assert state["calls"][0].sampling["retried"] == ["transient", "rate_limit"]
    assert all("Comedy" in tiny.sets["genre"].of(item.row) for item in state["feed"])
    assert hosted_server.n_requests == 4
