r"""The value of a mathematical expression, in LaTeX or as Python and sympy print it, read without any `eval`.

A recursive-descent reader over characters that computes as it reads. A variable stands for a fraction that its letter
decides, another at each of `POINTS` points, so that two expressions are the same when their values are at every point:
polynomials that differ meet at a random point with next to no chance (Schwartz and Zippel), and one point is negative,
where \sqrt{x^2} is not x. No clock is needed: length, depth, digits, exponents and sizes are bounded, so that a hostile
text costs milliseconds and no verdict depends on how busy a machine is.

Contract: what is no expression raises UnreadableError, and nothing else is raised. An unknown word is none ("east" is
not e*a*s*t), nor are two numbers side by side. `log` is to base ten.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Final

from stillroom.simulators.tasks.calculator import Calculator, UnreadableError, Value

POINTS: Final = 3
MAX_LENGTH: Final = 500
_MAX_DEPTH: Final = 25
_NUMBER: Final = re.compile(r"(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?![0-9.])")
_MIXED: Final = re.compile(
    r"([0-9]{1,30}) ?\\frac ?(?:\{ ?([0-9]{1,30}) ?\} ?\{ ?([0-9]{1,30}) ?\}|([0-9]) ?([0-9]))"
    r"|([0-9]{1,30}) ([0-9]{1,30})/([0-9]{1,30})(?![0-9.])"
)
_NAME: Final = re.compile(r"\\?[A-Za-z]+")
_LETTERS: Final = re.compile(r"[A-Za-z]|[a-z]{2,3}")
_GREEK: Final = ("alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "phi", "omega", "rho", "sigma", "tau")
_TRIGONOMETRIC: Final = ("sin", "cos", "tan", "sec", "csc", "cot")
# From a name as it is written to mpmath's; log and sqrt have readers of their own.
_FUNCTIONS: Final = {
    **{name: name for name in (*_TRIGONOMETRIC, "asin", "acos", "atan", "sinh", "cosh", "tanh", "ln", "exp")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan")},
    **{"abs": "fabs", "Abs": "fabs", "log": "log"},
}
_CLOSING: Final = {"(": ")", "{": "}", "[": "]", "|": "|"}
_DEGREE: Final = r"^\circ"


def values_of(calculator: Calculator, text: str) -> list[Value]:
    """Return an expression's value at every point; raise UnreadableError."""
    if len(text) > MAX_LENGTH:
        raise UnreadableError("too long")
    try:
        return [ExpressionReader(text, point, calculator).read() for point in range(POINTS)]
    except UnreadableError:
        raise
    except (ArithmeticError, ValueError, TypeError) as error:
        raise UnreadableError(f"no value: {error}") from error


def variable(name: str, point: int) -> Fraction:
    """Return the fraction that a letter stands for at a point: positive at the first, negative at the second."""
    random = Random(f"{name} at {point}")
    sign = (1, -1, random.choice((1, -1)))[point]
    return sign * Fraction(random.randrange(100_000, 1_000_000), 100_003)


class ExpressionReader:
    """One pass over a text at one point."""

    def __init__(self, text: str, point: int, calculator: Calculator) -> None:
        self.text, self.point, self.calculator = text, point, calculator
        self._at = self._depth = 0

    def read(self) -> Value:
        """Return the value of the whole text."""
        value = self._sum()
        if self._peek():
            raise UnreadableError(f"it is unclear what {self.text[self._at :][:20]!r} means")
        return value

    def _peek(self) -> str:
        while self.text[self._at : self._at + 1] == " ":
            self._at += 1
        return self.text[self._at : self._at + 1]

    def _next_is(self, sign: str) -> bool:
        return bool(self._peek()) and self.text.startswith(sign, self._at)

    def _take(self, sign: str) -> bool:
        if not self._next_is(sign):
            return False
        self._at += len(sign)
        return True

    def _nested(self, read: Callable[[], Value]) -> Value:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise UnreadableError("too deep")
        value = read()
        self._depth -= 1
        return value

    def _sum(self) -> Value:
        value = self._product()
        while self._peek() in ("+", "-"):
            operate = operator.add if self._peek() == "+" else operator.sub
            self._at += 1
            value = self.calculator.combine(operate, value, self._product())
        return value

    def _product(self) -> Value:
        value = self._signed()
        while True:
            if self._take("/"):
                value = self.calculator.combine(operator.truediv, value, self._signed())
            elif self._take("*"):
                value = self.calculator.combine(operator.mul, value, self._signed())
            elif self._starts_factor():
                value = self.calculator.combine(operator.mul, value, self._power())
            else:
                return value

    def _starts_factor(self) -> bool:
        """Say whether something follows that is multiplied without a sign; a number is not."""
        sign = self._peek()
        return bool(sign) and (sign in "({\\" or (sign.isascii() and sign.isalpha()))

    def _signed(self) -> Value:
        negative = False
        while self._peek() in ("+", "-"):
            negative ^= self._take("-") or not self._take("+")
        value = self._power()
        return -value if negative else value

    def _power(self) -> Value:
        base = self._atom()
        while True:
            if self._take(_DEGREE):
                degree = self.calculator.combine(operator.truediv, self.calculator.pi, Fraction(180))
                base = self.calculator.combine(operator.mul, base, degree)
            elif self._take("!"):
                base = self.calculator.factorial(base)
            else:
                break
        if self._take("**") or self._take("^"):
            return self.calculator.power(base, self._nested(self._signed))
        return base

    def _atom(self) -> Value:
        sign = self._peek()
        if sign in _CLOSING and sign:
            return self._group()
        if sign == "\\" or (sign.isascii() and sign.isalpha()):
            return self._nested(self._named)
        mixed = _MIXED.match(self.text, self._at)
        if mixed:
            self._at = mixed.end()
            whole, above, below = (int(group) for group in mixed.groups() if group is not None)
            return whole + Fraction(above, below)
        number = _NUMBER.match(self.text, self._at)
        if not number:
            raise UnreadableError("something is missing")
        self._at = number.end()
        return Fraction(number.group())

    def _group(self) -> Value:
        closing = _CLOSING[self._peek()]
        self._at += 1
        value = self._nested(self._sum)
        if not self._take(closing):
            raise UnreadableError(f"{closing} is missing")
        return self.calculator.apply("fabs", value) if closing == "|" else value

    def _named(self) -> Value:
        found = _NAME.match(self.text, self._at)
        if not found:
            raise UnreadableError("an unknown command")
        name = found.group()
        self._at = found.end()
        bare = name.removeprefix("\\")
        if name == r"\frac":
            above = self._argument()
            return self.calculator.combine(operator.truediv, above, self._argument())
        if bare == "sqrt":
            degree = self._group() if name == r"\sqrt" and self._next_is("[") else Fraction(2)
            return self.calculator.root(self._argument() if name == r"\sqrt" else self._group_only(), degree)
        if bare in _FUNCTIONS:
            return self._function(bare)
        if bare == "pi":
            return self.calculator.pi
        if bare in _GREEK:
            return variable(bare, self.point)
        if name.startswith("\\") or not _LETTERS.fullmatch(name):
            raise UnreadableError(f"{name} is unknown")
        return self._letters(name)

    def _letters(self, letters: str) -> Value:
        value: Value = Fraction(1)
        for letter in letters:
            factor = self.calculator.i if letter in "iI" else self.calculator.e if letter == "e" else None
            factor = variable(letter, self.point) if factor is None else factor
            value = self.calculator.combine(operator.mul, value, factor)
        return value

    def _argument(self) -> Value:
        r"""Return what a command of LaTeX takes: a group, a command, or one character, as in \frac12."""
        sign = self._peek()
        if sign in ("{", "("):
            return self._group()
        if sign == "\\":
            return self._nested(self._named)
        self._at += 1
        if sign.isascii() and sign.isdigit():
            return Fraction(sign)
        if sign.isascii() and sign.isalpha():
            return self._letters(sign)
        raise UnreadableError("an argument is missing")

    def _group_only(self) -> Value:
        if not self._next_is("("):
            raise UnreadableError("( is missing")
        return self._group()

    def _function(self, name: str) -> Value:
        base: Value = Fraction(10)
        if name == "log" and self._take("_"):
            base = self._argument()
        exponent: Value = Fraction(1)
        if not self._next_is(_DEGREE) and self._take("^"):
            exponent = self._argument()
            # sin^{-1} is the inverse to some and the reciprocal to others.
            if exponent == -1:
                raise UnreadableError("an inverse function")
        given = self._group() if self._peek() in ("(", "{", "[", "|") else self._bare_argument()
        calculator = self.calculator
        value = calculator.log(given, base) if name == "log" else calculator.apply(_FUNCTIONS[name], given)
        return value if exponent == 1 else calculator.power(value, exponent)

    def _bare_argument(self) -> Value:
        r"""Return the argument of \sin 5x \cos x: factors up to a sign, a bracket or another function."""
        value = self._nested(self._power)
        while self._starts_factor() and self._peek() != "(":
            following = _NAME.match(self.text, self._at)
            if following and following.group().removeprefix("\\") in _FUNCTIONS:
                break
            value = self.calculator.combine(operator.mul, value, self._nested(self._power))
        return value
