"""Environments are loaded by name, and an unknown name says what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.data.artefact import ArtefactError
from stillroom.data.fetch import Fetcher
from stillroom.simulators.tasks import ENVIRONMENTS, TaskError, load_environment
from stillroom.simulators.tasks.load import MIRRORS


@pytest.mark.parametrize("name", ["gsm9k", "", "GSM8K", "hotpotqa + wikipedia"])
def test_an_unknown_name_says_what_there_is(name: str) -> None:
    with pytest.raises(TaskError) as caught:
        load_environment(name)
    assert (
        str(caught.value) == f"there is no task environment {name!r}; known are {', '.join((*ENVIRONMENTS, *MIRRORS))}"
    )


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_without_a_network_it_says_what_to_fetch(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="stillroom fetch"):
        load_environment(name, Fetcher(tmp_path, offline=True))


@pytest.mark.weights
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_bears_the_name_that_loads_it(name: str) -> None:
    assert load_environment(name).name == name
