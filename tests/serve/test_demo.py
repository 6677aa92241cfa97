"""The demo's order: a finished stage is not done twice, a broken one is resumed, and other inputs do it anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stillroom.distill.recipe import RecipeError
from stillroom.serve.console import Meter
from stillroom.serve.demo import Demo, DemoConfig, Ledger, StageName, Step, build_config, find_recipe
from stillroom.serve.refusals import CommandError


class FakeDemo(Demo):
    """The real order of stages; each writes one file, and `broken` names the one that is interrupted."""

    broken: StageName | None = None

    def __init__(self, config: DemoConfig) -> None:
        super().__init__(config)
        self.did: list[StageName] = []

    def steps(self) -> Iterator[Step]:
        for name in StageName:
            place = self.config.out / name.value
            yield Step(name, name.value, (place,), self._work(name, place))

    def _work(self, name: StageName, place: Path) -> Callable[[Meter], None]:
        def work(_: Meter) -> None:
            self.did.append(name)
            if name is self.broken:
                raise KeyboardInterrupt
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("done", encoding="utf-8")

        return work


def go(config: DemoConfig, broken: StageName | None = None) -> list[StageName]:
    demo = FakeDemo(config)
    demo.broken = broken
    try:
        demo.run(lambda step, done: None, lambda step: None)
    except KeyboardInterrupt:
        assert broken is not None
    return demo.did


@pytest.fixture
def config(tmp_path: Path) -> DemoConfig:
    return build_config("demo", tmp_path / "run", 0, fast=True)


def test_every_stage_is_done_once(config: DemoConfig) -> None:
    assert go(config) == list(StageName)
    assert go(config) == []


def test_an_interrupted_demo_goes_on_in_the_stage_it_was_in(config: DemoConfig) -> None:
    assert go(config, StageName.TRAIN)[-1] is StageName.TRAIN
    assert go(config) == list(StageName)[list(StageName).index(StageName.TRAIN) :]


def test_a_stage_whose_files_are_gone_is_done_again(config: DemoConfig) -> None:
    go(config)
    (config.out / "evaluate").unlink()
    assert go(config) == [StageName.EVALUATE]


def test_other_inputs_do_what_depends_on_them(config: DemoConfig) -> None:
    go(config)
    more = replace(config, size=replace(config.size, n_commands=config.size.n_commands + 1))
    assert go(more) == [StageName.EVALUATE, StageName.CONVERSE, StageName.REPORT]
    assert go(replace(more, seed=1))[0] is StageName.SIMULATE


def test_a_ledger_that_is_damaged_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    for text in ("{", "[]", '{"fetch": 3}', "\x00"):
        path.write_text(text, encoding="utf-8")
        ledger = Ledger(path)
        assert not ledger.has(StageName.FETCH, "x")
        ledger.add_time(StageName.FETCH, "x", 2.0, finished=True)
        assert Ledger(path).has(StageName.FETCH, "x")


def test_time_adds_up_over_starts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "demo.json")
    ledger.add_time(StageName.TRAIN, "x", 2.0, finished=False)
    ledger.add_time(StageName.TRAIN, "x", 3.0, finished=True)
    assert Ledger(ledger.path).seconds(StageName.TRAIN) == 5.0
    ledger.add_time(StageName.TRAIN, "y", 1.0, finished=False)
    assert ledger.seconds(StageName.TRAIN) == 1.0
    assert not ledger.has(StageName.TRAIN, "y")


def test_a_folder_that_is_called_like_a_recipe_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_recipe("demo").name == "demo.toml"


def test_shipped_recipes_are_found_by_name() -> None:
    assert find_recipe("films-smollm2").is_file()
    with pytest.raises(CommandError, match="demo, films-smollm2"):
        find_recipe("nothing")


def test_a_recipe_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('name = "my"\n[optimiser]\nsecond = 3.0\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="optimiser.second"):
        build_config(str(path), tmp_path, 0)
