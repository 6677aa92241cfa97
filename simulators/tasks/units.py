"""The units that answers are given in, each with the one name that its spellings share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SPELLINGS: Final = {
    "mm": "millimeter millimeters millimetre millimetres",
    "cm": "centimeter centimeters centimetre centimetres",
    "m": "meter meters metre metres",
    "km": "kilometer kilometers kilometre kilometres",
    "in": "inch inches",
    "ft": "foot feet",
    "yd": "yard yards",
    "mi": "mile miles",
    "mg": "milligram milligrams",
    "g": "gm gram grams",
    "kg": "kilogram kilograms",
    "oz": "ounce ounces",
    "lb": "lbs pound pounds",
    "ml": "mL milliliter milliliters millilitre millilitres",
    "l": "L liter liters litre litres",
    "gal": "gallon gallons",
    "s": "sec secs second seconds",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours",
    "day": "days",
    "week": "weeks",
    "month": "months",
    "year": "years",
    "mph": "mi/h",
    "cent": "cents",
    "dollar": "dollars USD",
    "euro": "euros",
    "degree": "degrees deg",
    "percent": "percents",
    "unit": "units",
    "acre": "acres",
}

# From a spelling to the unit's name.
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {spelling: name for name, spellings in _SPELLINGS.items() for spelling in (name, *spellings.split())}
)
_POWERS: Final = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}


def unit_named(text: str) -> str:
    """Return one name for a unit however it is spelt ("square feet", "ft^2"), the bare words where it is not known."""
    words = text.replace("{", "").replace("}", "").replace(".", " ").split()
    power = ""
    if words and words[0].lower() in _POWERS:
        power = f"^{_POWERS[words.pop(0).lower()]}"
    bare, caret, digit = " ".join(words).partition("^")
    bare = bare.strip()
    name = UNITS.get(bare) or UNITS.get(bare.lower()) or bare.lower().removesuffix("s")
    return name + (power or (caret + digit.strip()))
