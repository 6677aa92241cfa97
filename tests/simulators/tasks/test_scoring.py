"""A scorer says yes to the right answer however it is dressed, no to near misses, and nothing hostile stops it."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from stillroom.simulators.tasks.calculator import Calculator, UnreadableError
from stillroom.simulators.tasks.expression import values_of
from stillroom.simulators.tasks.latex import boxed, tidy
from stillroom.simulators.tasks.maths_answer import same_maths
from stillroom.simulators.tasks.numeric_answer import read_number, same_number
from stillroom.simulators.tasks.text_answer import exact_match, normalise, token_f1

ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
PIECES = (
    *(r"\frac", r"\sqrt", r"\cup", r"\pm", r"\pi", r"\infty", r"\sin", r"\log", r"\text", r"\boxed", r"\in", r"\le"),
    *(r"\begin{pmatrix}", r"\end{pmatrix}", "\\\\", r"\{", r"\}", r"\%", r"\$", r"^\circ", r"\left", r"\right", r"\!"),
    *("{", "}", "(", ")", "[", "]", ",", "^", "_", "+", "-", "*", "**", "/", "=", "<", "|", "!", "&", "%", "$"),
    *("x", "y", "i", "e", "1", "23", "0.5", "9"),
)
LATEX = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$1,234.50", "1234.5"),
        ("42.", "42"),
        ("42 apples", "42"),
        ("She has 42 apples left.", "42"),
        ("-3/4", "-3/4"),
        ("1 1/2", "3/2"),
        (r"1\frac{1}{2}", "3/2"),
        (r"-\frac{3}{4}", "-3/4"),
        ("50%", "50"),
        (r"12\%", "12"),
        (r"so \boxed{12} and no 13", "12"),
        (r"\boxed{3} then \boxed{1{,}234}", "1234"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        ("the answer is 12", "12"),
        ("After 3 days, the answer is $1,200.", "1200"),
        ("3 + 4 = 7", "7"),
        ("#### 7", "7"),
        ("\u22125", "-5"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("negative 5", "-5"),
        ("2.5 million", "2500000"),
        ("2 dozen eggs", "24"),
        ("20cm", "20"),
        ("60 miles/hour", "60"),
        ("**42**", "42"),
        (".5", "1/2"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, value: str) -> None:
    assert read_number(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    [
        "5²",
        "5x",
        "3:30",
        "10-15",
        "6*7",
        "2^3",
        "2**3",
        "1,23",
        "1,2345",
        "not 5",
        "isn't 5",
        "5 and a half",
        "5 or six",
    ]
    + ["5th", "5 or 6", "- 5", "5!", "12/25/2020", "5/0", "5i", "1..2", "", "nan", "inf", "forty", "5 hundred and 3"]
    + ["١٢", "5½", "a third of 42", "30 =", "3.4.5", "1e9999", "9" * 5000, "5 6", "1_000", "x5", "5 squared", "1/2/3"],
)
def test_what_does_not_say_one_number_is_none(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize("answer", [True, False, None, [], [1, 2], {"answer": 1}, math.nan, math.inf, ""])
def test_another_type_is_no_number(answer: JsonValue) -> None:
    assert not same_number("1", answer) and not same_number("0", answer)


@pytest.mark.parametrize(
    ("gold", "answer", "same"),
    [
        ("42", 42, True),
        ("42", 42.0, True),
        ("42", [42], True),
        ("42", [[["42 pounds"]]], True),
        ("42", 41.99999999, True),
        ("42", 42.1, False),
        ("42", -42, False),
        ("42", "4.2", False),
        ("42", 420, False),
        ("100", 99.999, True),
        ("20000", 20001, False),
        ("20000", 20000.4, False),
        ("-9867630", -9867624, False),
        ("9284017268534", 9284017268535, False),
        ("9284017268534.4", 9284017268534.4, True),
        ("3244047.0999999996", "3,244,047.10", True),
        ("14053029.666666666", 14053029, False),
        ("14053029.666666666", 14053029.67, True),
        ("66.66666666666667", 66.67, True),
        ("66.66666666666667", 66, False),
        ("0.0016791648", 0.0016791648, True),
        ("0.0016791648", 0.00168, False),
        ("3.509e-07", 0, False),
        ("3.509e-07", 3.509e-7, True),
        ("0", 1e-9, True),
        ("0", 0.001, False),
        ("50", "50%", True),
        ("0.5", "50%", False),
        ("5000000", "5 million", True),
    ],
)
def test_numbers_are_the_same_within_a_rounding_and_no_more(gold: str, answer: JsonValue, same: bool) -> None:
    assert same_number(gold, answer) is same


@pytest.mark.parametrize(
    ("gold", "answer", "same", "f1"),
    [
        ("The Beatles", "beatles!", True, 1.0),
        ("Greenwich Village, New York City", "Greenwich Village", False, 4 / 7),
        ("Chief of Protocol", "the chief  of  protocol", True, 1.0),
        ("yes", "Yes.", True, 1.0),
        ("yes", "no", False, 0.0),
        ("yes", "yes they were", False, 0.0),
        ("New York", "no", False, 0.0),
        ("no", "no one", False, 0.0),
        ("1999", 1999, True, 1.0),
        ("1999", 1998, False, 0.0),
        ("1999", 1999.0, True, 1.0),
        ("19990", 1999.0, False, 0.0),
        ("-3", -3.0, True, 1.0),
        ("1999.5", 1999.5, True, 1.0),
        ("Rome", float("inf"), False, 0.0),
        ("3,677 seated", "3677 seated", True, 1.0),
        ("yes", True, False, 0.0),
        ("no", False, False, 0.0),
        ("yes", None, False, 0.0),
        ("Rome", ["Rome"], True, 1.0),
        ("Rome", ["Rome", "Paris"], False, 0.0),
        ("Rome", {"answer": "Rome"}, False, 0.0),
        ("Rome", "", False, 0.0),
        ("Rome", "Rome " * 9, False, 0.2),
        ("A", "a", True, 1.0),
        ("A", "the", False, 0.0),
        ("A", "", False, 0.0),
        ("York", "Yorkshire", False, 0.0),
    ],
)
def test_words_are_compared_as_hotpotqa_compares_them(gold: str, answer: JsonValue, same: bool, f1: float) -> None:
    assert exact_match(gold, answer) is same
    assert token_f1(gold, answer) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (r"so $x = \boxed{\frac{1}{2}}$.", r"\frac{1}{2}"),
        (r"\boxed{1} \boxed{\sqrt{\frac{a}{b}}}", r"\sqrt{\frac{a}{b}}"),
        (r"\fbox{7}", "7"),
        (r"\boxed 2$.", "2"),
        (r"\boxed{1", None),
        (r"\boxedness{1}", None),
        (r"\boxed", None),
        ("none", None),
    ],
)
def test_what_is_boxed_is_found_with_its_braces_matched(text: str, inside: str | None) -> None:
    assert boxed(text) == inside


RIGHT: list[tuple[str, JsonValue]] = [
    (r"\frac{1}{2}", "1/2"),
    (r"\frac{1}{2}", 0.5),
    (r"\dfrac12", r"\tfrac{2}{4}"),
    (r"\frac{1}{3}", 1 / 3),
    (r"1\frac{2}{3}", r"\frac{5}{3}"),
    (r"5\sqrt{13}", "5*sqrt(13)"),
    (r"5\sqrt{13}", r"\sqrt{325}"),
    (r"5\sqrt{13}", 5 * 13**0.5),
    (r"\frac{\sqrt{2}}{2}", r"$\frac{1}{\sqrt 2}$"),
    (r"\frac{27\pi}{1024}", "27*pi/1024"),
    ("x^2+2x+1", "(x+1)^2"),
    ("(3x+7)(x+1)", "3*x**2 + 10*x + 7"),
    (r"2 \sin 5x \cos x", r"\sin(6x) + \sin(4x)"),
    (r"\frac{1}{5} + \frac{3}{5}i", "1/5 + 3*I/5"),
    (r"60^\circ", 60),
    (r"60^\circ", "60 degrees"),
    (r"\cos 13^\circ", r"\sin 77^{\circ}"),
    (r"70\%", "70"),
    (r"70\%", 70),
    (r"\$3,\!800", "$3800"),
    ("58,500", 58500),
    (r"33,\!800,\!000", "33800000"),
    (r"25 \text{ ft}", "25 feet"),
    (r"15\mbox{ cm}^2", "15 square centimeters"),
    (r"15\mbox{ cm}^2", 15),
    ("x = 5", "5"),
    ("5", "x=5"),
    (r"\left( \frac{4}{3}, -2 \right)", "(4/3, -2)"),
    ("(2,4)", [2, 4]),
    (r"(-\infty,-5]\cup[5,\infty)", r"[5, \infty) \cup (-\infty, -5]"),
    (r"(-\infty,0)", "(-oo, 0)"),
    ("-2, 2", "2, -2"),
    ("-2, 2", [2, -2]),
    ("-2, 2", r"\{-2, 2\}"),
    (r"12\text{ and }13", "13, 12"),
    (r"1 \pm \sqrt{19}", [1 + 19**0.5, 1 - 19**0.5]),
    (r"\begin{pmatrix} 1 \\ 3 \end{pmatrix}", r"\begin{bmatrix}1\\3\end{bmatrix}"),
    (r"\begin{pmatrix} 1 \\ 3 \end{pmatrix}", [[1], [3]]),
    (r"\begin{pmatrix} 0 & 1/2 \\ 1 & 0 \end{pmatrix}", "[[0, 0.5], [1, 0]]"),
    ("y = -2x", "2x + y = 0"),
    ("y = -2x", "-2x"),
    ("x + 2y - 2z - 9 = 0", "2x + 4y - 4z = 18"),
    (r"x \in [-2,7]", "[-2, 7]"),
    ("2677_9", "2677_{9}"),
    ("2677_9", 2677),
    (r"\text{(D)}", "D"),
    (r"\text{even}", "Even."),
    (r"\text{C, F, H}", "H, C, F"),
    (r"2^{4181}", "2**4181"),
    (r"1,2,3", r"The answer is \boxed{3,2,1}."),
    ("7", "The answer is $7$."),
    ("0", 1.2246467991473532e-16),
    ("3.2", "3.20"),
]
WRONG: list[tuple[str, JsonValue]] = [
    (r"\frac{1}{2}", r"\frac{2}{1}"),
    (r"\frac{1}{2}", 0.49),
    (r"\frac{1}{3}", 0.33),
    (r"\frac{1}{3}", "0.333333"),
    (r"5\sqrt{13}", "18.03"),
    (r"5\sqrt{13}", r"13\sqrt{5}"),
    (r"1\frac{2}{3}", r"\frac{2}{3}"),
    (r"\pi", "3.14159"),
    (r"\pi", "22/7"),
    ("x^2+2x+1", "(x-1)^2"),
    ("x", r"\sqrt{x^2}"),
    ("x", "y"),
    ("x = 3", "y = 3"),
    (r"60^\circ", "61"),
    (r"70\%", 0.7),
    (r"25 \text{ ft}", "25 inches"),
    (r"15\mbox{ cm}^2", "15 cm^3"),
    (r"\$5", "5 cents"),
    ("58,500", "58,501"),
    ("(2,4)", "(4,2)"),
    ("(2,4)", "[2,4]"),
    ("(2,4)", "(2,4,6)"),
    ("(2,4)", [4, 2]),
    ("[0,1)", "(0,1]"),
    ("-2, 2", "2, 2"),
    ("2, 2", "2, 3"),
    ("12", "1 2"),
    ("12", r"\text{1 2}"),
    (r"\text{4:30}", r"\text{43:0}"),
    ("3", "3, 3"),
    ("2", "2.0000000001"),
    (r"\text{Monday}", "It is Monday"),
    ("2, 2, 3", "2, 3, 3"),
    ("-2, 2", "2"),
    ("2", "-2, 2"),
    (r"1 \pm \sqrt{19}", r"1 + \sqrt{19}"),
    (r"(0,1)\cup(2,3)", r"(0,1)\cup(2,4)"),
    (r"\begin{pmatrix} 1 \\ 3 \end{pmatrix}", r"\begin{pmatrix} 1 & 3 \end{pmatrix}"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", [[1, 3], [2, 4]]),
    ("y = -2x", "y = 2x"),
    ("y = -2x", "0 = 0"),
    (r"s^2 \le 8r^2", r"s^2 \ge 8r^2"),
    ("2677_9", "2677_8"),
    ("2677_9", 2014),
    (r"\text{(D)}", "B"),
    (r"\text{even}", "odd"),
    (r"\text{east}", "seat"),
    ("east", "seat"),
    (r"2^{4181}", r"2^{4181} - 1"),
    ("123456789012", "123456789012.5"),
    ("123456789012345", "123456789012346"),
    ("1", True),
    ("0", False),
    ("0", None),
    ("5", {"x": 5}),
    ("5", "not 5"),
    ("5", "5 or 6"),
    ("5", ""),
    (r"\text{no}", False),
    ("6", "2 3"),
    ("-4", "(-2)^2"),
    ("-2", "1.2e-3"),
    ("3", "1+-2"),
    ("1.2e", "1.2e3"),
]


@pytest.mark.parametrize(("gold", "answer"), RIGHT)
def test_an_answer_of_mathematics_is_right_however_it_is_written(gold: str, answer: JsonValue) -> None:
    assert same_maths(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), WRONG)
def test_a_near_miss_of_mathematics_is_wrong(gold: str, answer: JsonValue) -> None:
    assert not same_maths(gold, answer)


HOSTILE = [
    "9**9**9**9",
    "9^{9^{9^9}}",
    "e^{e^{e^{e^9}}}",
    "(" * 490,
    "-" * 490 + "1",
    "2^" * 240 + "2",
    r"\frac" * 90,
    r"\sqrt" * 90 + "2",
    r"\sin" * 120 + "1",
    "500!" + "*500!" * 90,
    "*".join(["sin(10^2400)"] * 38),
    "+".join(["(x+1)^{399}"] * 40),
    "x^{8000}",
    "+".join(["(9^{2500})^{8000}"] * 20),
    "1" * 490,
    ",".join(["1"] * 240),
    "[" * 240 + "]" * 240,
    r"\{" * 160 + r"\}" * 160,
    "=" * 490,
    "9" * 10_000_000,
    r"\boxed{" * 100_000,
    "answer is " * 1_900,
    ", " * 9_000,
    "__import__('os').system('true')",
    "\ud800 \x00 \u202e",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_answer_is_wrong_within_a_bounded_time(text: str) -> None:
    started = time.process_time()
    for answer in (text, [text, text], [[[[text]]]]):
        assert not same_maths(r"\frac{\pi}{7}", answer)
        assert not same_maths("1, 2", answer)
        assert not same_number("7", answer)
        assert not exact_match("Rome", answer)
    assert time.process_time() - started < 5


def test_an_integer_without_end_is_wrong() -> None:
    huge = 10**50_000
    assert not same_number("7", huge) and not same_maths("7", huge) and not exact_match("7", huge)


def test_lists_nested_without_end_are_wrong() -> None:
    deep: JsonValue = 7
    for _ in range(100_000):
        deep = [deep]
    assert same_number("7", deep) and same_maths("7", deep) and exact_match("7", deep)
    pairs: JsonValue = 7
    for _ in range(500):
        pairs = [pairs, 7]
    assert not same_number("7", pairs) and not same_maths("7", pairs) and not exact_match("7", pairs)


@given(ANSWERS | LATEX, st.sampled_from(["42", r"\frac{1}{2}", "(1,2)", "1, 2", r"\text{no}", "y = 2x", "A", "2_3"]))
@settings(max_examples=400, deadline=None)
def test_no_answer_raises(answer: JsonValue, gold: str) -> None:
    for said in (same_number(gold, answer), same_maths(gold, answer), exact_match(gold, answer)):
        assert isinstance(said, bool)
    assert 0 <= token_f1(gold, answer) <= 1


@given(LATEX)
@settings(max_examples=400, deadline=None)
def test_a_readable_expression_is_itself(text: str) -> None:
    calculator = Calculator()
    try:
        values = values_of(calculator, text)
    except UnreadableError:
        return
    assert all(calculator.same(value, value) for value in values)


@given(st.fractions(max_denominator=10_000))
def test_a_number_is_itself_and_not_the_next(value: Fraction) -> None:
    assert same_number(str(value), str(value)) and same_maths(str(value), str(value))
    assert not same_number(str(value), str(value + 1)) and not same_maths(str(value), str(value + 1))


@given(st.text(min_size=1, max_size=40).filter(str.strip))
def test_a_text_is_itself(text: str) -> None:
    assert exact_match(text, text) and token_f1(text, text) == pytest.approx(1)
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=80) | LATEX)
@settings(max_examples=300)
def test_tidying_ends_and_says_no_more(text: str) -> None:
    assert len(tidy(text)) <= 8 * len(text) + 8
