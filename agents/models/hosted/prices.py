"""Prices of hosted models, as the person who pays them writes them down: a small TOML table.

    ["openai:some-model"]      # the model's name, as on the command line
    input = 0.15               # for a million tokens
    output = 0.60

None come along: a table that is out of date would be believed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.hosted.ledger import Prices

_Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    input: _Price
    output: _Price


_TABLE: TypeAdapter[dict[str, _Row]] = TypeAdapter(dict[str, _Row])


def read_prices(path: Path) -> Mapping[str, Prices]:
    """Return the prices of each model of a file; raise ModelError with one sentence when it is no such table."""
    try:
        rows = _TABLE.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"{path}: {where}: {first['msg']} (a table has input and output for each model)") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path}: is no table of prices ({error})") from error
    return {name: Prices(row.input, row.output) for name, row in rows.items()}
