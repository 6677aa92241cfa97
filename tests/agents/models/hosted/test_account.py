"""Ceilings: no call starts once one is reached, one thread or many; unknown prices and tokens are refused."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.hosted import Account, CeilingError, HostedModel
from stillroom.agents.models.hosted.ledger import Prices

Open = Callable[..., HostedModel]
QUESTION = [HumanMessage("> comedies")]


def ask_until_refused(model: HostedModel, refused: list[CeilingError]) -> None:
    try:
        while True:
            model.invoke(QUESTION)
    except CeilingError as error:
        refused.append(error)


@pytest.mark.parametrize(
    ("account", "n_calls", "says"),
    [
        (Account(max_tokens=45), 3, r"45 tokens is reached \(45 used\)"),
        (Account(max_tokens=46), 4, r"46 tokens is reached \(60 used\)"),
        (Account(max_cost=0.0006), 3, r"0\.0006 on cost is reached \(0\.0006 spent\)"),
        (Account(max_tokens=0), 0, "0 tokens is reached"),
    ],
)
def test_a_ceiling_stops_at_the_call_that_reaches_it(
    account: Account, n_calls: int, says: str, hosted_server: Any, open_hosted: Open
) -> None:
    model = open_hosted(account=account, price=Prices(10.0, 20.0))
    refused: list[CeilingError] = []
    ask_until_refused(model, refused)
    with pytest.raises(CeilingError, match=says):
        model.invoke(QUESTION)
    assert hosted_server.n_requests == n_calls == model.ledger.n_calls
    assert model.ledger.cost == pytest.approx(n_calls * 0.0002)


@pytest.mark.parametrize("n_threads", [2, 8])
def test_many_threads_overrun_a_ceiling_no_further_than_one(
    n_threads: int, hosted_server: Any, open_hosted: Open
) -> None:
    hosted_server.delay_s = 0.005
    model = open_hosted(account=Account(max_tokens=15 * 20 + 1), concurrency=n_threads)
    refused: list[CeilingError] = []
    threads = [Thread(target=ask_until_refused, args=(model, refused)) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hosted_server.n_requests == 21 and len(refused) == n_threads
    assert hosted_server.most_at_once > 1


def test_a_ceiling_is_over_all_models_of_an_account(hosted_server: Any, open_hosted: Open) -> None:
    account = Account(max_tokens=30)
    first, second = open_hosted(account=account), open_hosted(account=account)
    first.invoke(QUESTION)
    second.invoke(QUESTION)
    assert first.ledger is second.ledger
    with pytest.raises(CeilingError):
        first.invoke(QUESTION)


def test_a_failed_call_holds_no_place(hosted_server: Any, open_hosted: Open) -> None:
    hosted_server.script(["500", "429", "401"])
    model = open_hosted(account=Account(max_tokens=30))
    with pytest.raises(ModelError, match="401"):
        model.invoke(QUESTION)
    model.invoke(QUESTION)
    model.invoke(QUESTION)
    assert hosted_server.n_requests == 5


def test_a_ceiling_on_cost_needs_prices(open_hosted: Open) -> None:
    with pytest.raises(ModelError, match="needs the prices of openai:tiny"):
        open_hosted(account=Account(max_cost=1.0))
    open_hosted(account=Account(max_cost=1.0), prices={"openai:tiny": Prices(1.0, 1.0)})


def test_a_server_that_counts_no_tokens_cannot_be_held_to_a_ceiling(hosted_server: Any, open_hosted: Open) -> None:
    hosted_server.script(["uncounted", "uncounted"])
    assert open_hosted().invoke(QUESTION).content
    with pytest.raises(ModelError, match="does not say how many tokens"):
        open_hosted(account=Account(max_tokens=100)).invoke(QUESTION)


def test_the_ledger_is_one_line(hosted_server: Any, open_hosted: Open) -> None:
    hosted_server.script(["429", "500"])
    model = open_hosted(price=Prices(10.0, 20.0))
    model.invoke(QUESTION)
    assert model.ledger.describe() == (
        "openai:tiny: 1 calls, 2 retries (failed: 1 rate limit, 1 transient), 0 cache hits, 10 tokens in, 5 out, "
        "cost 0.0002"
    )
    assert "cost unknown" in open_hosted().ledger.describe()


def test_a_halted_account_ends_pauses_and_starts_nothing(hosted_server: Any, open_hosted: Open) -> None:
    hosted_server.script(["429:100"])
    account = Account()
    model = open_hosted(account=account, sleep=None)
    errors: list[ModelError] = []

    def work() -> None:
        try:
            model.invoke(QUESTION)
        except ModelError as error:
            errors.append(error)

    thread = Thread(target=work)
    thread.start()
    while not model.ledger.failures:
        thread.join(0.01)
    account.halt()
    thread.join(20)
    assert [str(error) for error in errors] == ["the command has ended"] and hosted_server.n_requests == 1
