"""Bounded arithmetic: exact fractions while it can, else complex numbers of 60 digits (mpmath).

Nothing larger than `MAX_BITS` is kept and no power above `MAX_EXPONENT` is begun, so that every step costs well under a
millisecond whatever is asked for: "9^{9^9}" is refused, not computed.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial, isqrt
from typing import Any, Final

from mpmath import MPContext

MAX_BITS: Final = 8192
MAX_EXPONENT: Final = 8192
MAX_FACTORIAL: Final = 500
_DIGITS: Final = 60
_SAME: Final = "1e-40"

# A Fraction, or a number of mpmath.
Value = Any


class UnreadableError(ValueError):
    """A text that is no expression, or one whose value is not worth computing."""


class Calculator:
    """Arithmetic in one private context of mpmath, whose precision no other thread changes."""

    def __init__(self) -> None:
        self._context: Any = MPContext()
        self._context.dps = _DIGITS

    @property
    def pi(self) -> Value:
        """Return pi to 60 digits."""
        return +self._context.pi

    @property
    def e(self) -> Value:
        """Return Euler's number to 60 digits."""
        return +self._context.e

    @property
    def i(self) -> Value:
        """Return the imaginary unit."""
        return self._context.mpc(0, 1)

    def same(self, one: Value, other: Value) -> bool:
        """Compare exactly where both are exact, else to 40 digits."""
        if isinstance(one, Fraction) and isinstance(other, Fraction):
            return one == other
        return self.near(one, other, self._context.mpf(_SAME) * max(1, abs(self._inexact(one))))

    def near(self, one: Value, other: Value, tolerance: Value) -> bool:
        """Say whether two values differ by at most a tolerance."""
        return bool(abs(self._inexact(one) - self._inexact(other)) <= self._inexact(tolerance))

    def combine(self, operate: Callable[[Any, Any], Any], one: Value, other: Value) -> Value:
        """Add, subtract, multiply or divide, by a function of the module `operator`."""
        if isinstance(one, Fraction) and isinstance(other, Fraction):
            return self._bounded(operate(one, other))
        return self._bounded(operate(self._inexact(one), self._inexact(other)))

    def power(self, base: Value, exponent: Value) -> Value:
        """Raise to a power: exactly where that is a bounded fraction, else by the principal value."""
        if abs(self._inexact(exponent)) > MAX_EXPONENT:
            raise UnreadableError("too large")
        if isinstance(exponent, Fraction) and exponent.denominator == 1 and isinstance(base, Fraction):
            n_bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if n_bits * abs(exponent.numerator) > 2 * MAX_BITS:
                raise UnreadableError("too large")
            return self._bounded(base**exponent.numerator)
        return self._bounded(self._context.power(self._inexact(base), self._inexact(exponent)))

    def root(self, value: Value, degree: Value) -> Value:
        """Return the principal root, the real one of a negative number where the degree is odd."""
        if not isinstance(degree, Fraction) or degree.denominator != 1 or degree < 2:
            raise UnreadableError("no such root")
        if isinstance(value, Fraction) and value < 0 and degree % 2:
            return -self.root(-value, degree)
        if isinstance(value, Fraction) and value >= 0 and degree == 2:
            exact = Fraction(isqrt(value.numerator), isqrt(value.denominator))
            if exact**2 == value:
                return exact
        return self.power(self._inexact(value), 1 / degree)

    def factorial(self, value: Value) -> Value:
        """Return n! of a small whole number."""
        if not isinstance(value, Fraction) or value.denominator != 1 or not 0 <= value <= MAX_FACTORIAL:
            raise UnreadableError("no such factorial")
        return self._bounded(Fraction(factorial(value.numerator)))

    def log(self, value: Value, base: Value) -> Value:
        """Return a logarithm to a base."""
        return self._bounded(self._context.log(self._inexact(value)) / self._context.log(self._inexact(base)))

    def apply(self, name: str, value: Value) -> Value:
        """Apply one of mpmath's functions; the caller has checked the name."""
        return self._bounded(getattr(self._context, name)(self._inexact(value)))

    def _inexact(self, value: Value) -> Value:
        if isinstance(value, Fraction):
            return self._context.mpf(value.numerator) / value.denominator
        return value

    def _bounded(self, value: Value) -> Value:
        if isinstance(value, Fraction):
            large = max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS
        else:
            large = not self._context.isfinite(value) or (value != 0 and abs(self._context.mag(value)) > MAX_BITS)
        if large:
            raise UnreadableError("too large")
        return value
