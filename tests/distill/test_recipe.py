"""Recipes: the committed ones are sound, and a wrong one is answered with the place and the nearest key."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.distill.recipe import Recipe, RecipeError, read_recipe

RECIPES = sorted((Path(__file__).resolve().parents[2] / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_committed_recipes_are_read(path: Path) -> None:
    recipe = read_recipe(path)
    assert isinstance(recipe, Recipe) and recipe.name == path.stem


def test_there_are_recipes() -> None:
    assert {"demo", "films-smollm2"} <= {path.stem for path in RECIPES}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "a"\n[adapter]\nrank = 3\nalhpa = 2.0\n', r"unknown key 'adapter\.(rank|alhpa)'"),
        (
            'name = "a"\n[adapter]\nalhpa = 2.0\n',
            r"bad\.toml: unknown key 'adapter\.alhpa' \(did you mean 'adapter\.alpha'",
        ),
        ('name = "a"\nlearning_rate = 0.1\n', r"unknown key 'learning_rate' \(did you mean 'optimiser\.learning_rate'"),
        ('name = "a"\nxyzzyq = 1\n', r"unknown key 'xyzzyq'"),
        ("[adapter]\nr = 4\n", r"the key 'name' is missing"),
        ('name = "a"\n[adapter]\nr = 0\n', r"adapter\.r: .*greater than or equal to 1"),
        ('name = "a"\n[adapter]\ntargets = ["lm_head"]\n', r"adapter\.targets"),
        ('name = "a', r"not a TOML file"),
        ('name = "../a"', r"name: "),
    ],
)
def test_a_wrong_recipe_is_one_clear_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=message) as caught:
        read_recipe(path)
    assert "bad.toml" in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_or_binary_file_is_a_recipe_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.toml: cannot be read"):
        read_recipe(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="not a TOML file"):
        read_recipe(tmp_path / "binary.toml")
