"""Situations: what a file may say, what is checked, and the command that counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stillroom.agents.models.rules import RulesModel
from stillroom.agents.rules import Vocabulary
from stillroom.data.catalogue import Catalogue
from stillroom.serve.situations import Situation, SituationError, play, read_situations
from stillroom.serve.situations_command import SITUATIONS

Run = Callable[..., tuple[int, str, str]]


def played(tiny: Catalogue, **expected: object) -> tuple[str, ...]:
    situation = Situation(**{"id": "s", "kind": "k", "command": "no horror", **expected})  # type: ignore[arg-type]
    return play(situation, tiny, RulesModel(vocabulary=Vocabulary.of_catalogue(tiny)), "rules").failures


def test_what_holds_holds(tiny: Catalogue) -> None:
    holds = {"feed": "changes", "remembers": ("- genre = Horror",), "none": ("genre = Horror",), "says": "horror"}
    assert played(tiny, **holds) == ()
    assert (
        played(tiny, command="why is the first one here?", feed="same", unchanged_memory=True, says="{title:1}") == ()
    )


def test_every_expectation_can_fail(tiny: Catalogue) -> None:
    assert played(tiny, feed="same") == ("another feed",)
    assert played(tiny, command="thanks!", feed="changes") == ("the same feed",)
    assert played(tiny, remembers=("+ genre = Horror",)) == ("does not remember + genre = Horror",)
    assert played(tiny, forgets=("- genre",)) == ("still remembers - genre",)
    assert played(tiny, unchanged_memory=True) == ("the memory changed",)
    assert played(tiny, says="goodbye") == ("does not say 'goodbye'",)
    assert played(tiny, says_not="horror") == ("says 'horror'",)
    assert played(tiny, every=("year > 3000",))[0].endswith("of the feed are not year > 3000")
    assert played(tiny, none=("year < 3000",))[0].endswith("of the feed are year < 3000")


def test_one_of_several_is_enough_and_what_was_said_before_counts(tiny: Catalogue) -> None:
    assert played(tiny, before=("only comedies",), remembers=("+ year | - genre = Horror", "+ genre = Comedy")) == ()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no situations can be read"),
        ('[[situation]]\nid = "a"\nkind = "k"\n', "command"),
        ('[[situation]]\nid = "a"\nkind = "k"\ncommand = "x"\n', "expects nothing"),
        ('[[situation]]\nid = "a"\nkind = "k"\ncommand = "x"\nfeed = "gone"\n', "'same' or 'changes'"),
        ('[[situation]]\nid = "a"\nkind = "k"\ncommand = "x"\nsays = 3\n', "says is of the wrong kind"),
        ('[[situation]]\nid = "a"\nkind = "k"\ncommand = "x"\nsings = "y"\n', "sings is unknown"),
        ('[[situation]]\nid = "a"\nkind = "k"\ncommand = "x"\nsays = "("\n', "no regular expression"),
        ('[[situation]]\nid = "a"\nkind = "k"\ncommand = "x"\nsays = "y"\n' * 2, "two situations have one id"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(text: str, part: str, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SituationError, match=part):
        read_situations(path)


def test_a_wish_about_nothing_is_refused(tiny: Catalogue) -> None:
    with pytest.raises(SituationError, match="no wish about this catalogue"):
        played(tiny, remembers=("+ colour = red",))
    with pytest.raises(SituationError, match="no condition"):
        played(tiny, every=("genre",))


def test_what_is_shown_stands_for_its_placeholder(tiny: Catalogue) -> None:
    assert played(tiny, command="before {year:2}", every=("year < {year:2}",)) == ()
    with pytest.raises(SituationError, match="nothing is shown at"):
        played(tiny, says="{title:40}")


@pytest.mark.parametrize(
    "name", ["situations-films.toml", "situations-films-second.toml", "situations-films-third.toml"]
)
def test_the_shipped_situations_are_sound(name: str) -> None:
    situations = read_situations(SITUATIONS.with_name(name))
    assert len(situations) == 150
    assert len({situation.command for situation in situations}) == 150
    assert len({situation.kind for situation in situations}) in (9, 10)


def test_the_command_counts_by_kind_and_writes_every_outcome(toy_world: str, tmp_path: Path, run: Run) -> None:
    path, out = tmp_path / "s.toml", tmp_path / "s.json"
    path.write_text(
        '[[situation]]\nid = "a"\nkind = "ban"\ncommand = "no horror"\nnone = ["genre = Horror"]\n'
        '[[situation]]\nid = "b"\nkind = "talk"\ncommand = "thanks"\nfeed = "changes"\n',
        encoding="utf-8",
    )
    code, shown, err = run(
        "situations", str(path), "--models", "rules", "--world", toy_world, "--failures", "--json", str(out)
    )
    assert code == 0, err
    assert "1 of 2" in shown and "rules, b: 'thanks': the same feed" in shown
    assert [outcome["failures"] for outcome in json.loads(out.read_text())["rules"]] == [[], ["the same feed"]]


def test_the_command_refuses_what_it_cannot_measure(run: Run, tmp_path: Path) -> None:
    for arguments in (("--models", "expert"), ("--models", ""), ("--kind", "none")):
        code, _, err = run("situations", *arguments)
        assert code == 2 and err.startswith("stillroom: ") and err.count("\n") == 1
