"""Twins of the usual size, and two readers of what they say: of names in a text, and of arithmetic in a gold path."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

import pytest

from stillroom.simulators.mirror import MirrorEnvironment, MirrorWorld, Style

_OPERATIONS: dict[type, Callable[[int, int], int]] = {ast.Add: operator.add, ast.Sub: operator.sub}
Expression = Callable[[str, Mapping[str, int | str]], int | str]


class NameReader:
    """Finds the names of a world in a text, and puts ids in their places."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._ids = {name: each for each, name in names.items()}
        self._pattern = re.compile("|".join(re.escape(name) for name in sorted(self._ids, key=len, reverse=True)))

    def ids_in(self, text: str) -> list[str]:
        return [self._ids[found] for found in self._pattern.findall(text)]

    def without_names(self, text: str) -> str:
        return self._pattern.sub(lambda found: f"<{self._ids[found[0]]}>", text)


def compute(expression: str, values: Mapping[str, int | str]) -> int | str:
    """Reckon what a gold path may say: a + b, b - a, abs(…), and `x if a < b else y`."""
    return _value(ast.parse(expression, mode="eval").body, values)


def _value(node: ast.expr, values: Mapping[str, int | str]) -> int | str:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Call(func=ast.Name(id="abs"), args=[inner]):
            return abs(int(_value(inner, values)))
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATIONS[type(sign)](int(_value(left, values)), int(_value(right, values)))
        case ast.IfExp(test=ast.Compare(left=left, ops=[sign], comparators=[right]), body=yes, orelse=no):
            a, b = int(_value(left, values)), int(_value(right, values))
            return _value(yes if {ast.Lt: a < b, ast.Gt: a > b}[type(sign)] else no, values)
    raise AssertionError(f"a gold path has no {ast.dump(node)}")


@pytest.fixture(scope="session", name="compute")
def compute_fixture() -> Expression:
    return compute


@pytest.fixture(scope="session")
def real() -> MirrorEnvironment:
    return MirrorEnvironment.load("mirror")


@pytest.fixture(scope="session")
def renamed() -> MirrorEnvironment:
    return MirrorEnvironment.load("mirror-renamed")


@pytest.fixture(scope="session", params=list(Style))
def world(request: pytest.FixtureRequest, real: MirrorEnvironment, renamed: MirrorEnvironment) -> MirrorWorld:
    return real.world if request.param is Style.REAL else renamed.world


@pytest.fixture(scope="session")
def read_names() -> Callable[[MirrorWorld], NameReader]:
    return lambda world: NameReader(world.names)
