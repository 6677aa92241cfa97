"""Numbers as people say them, put so that a model reads them: amounts, lengths, scores, years, and what is no limit.

Contract: pure; what stands in double quotes is a name, and stays.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.ages import name_ages
from stillroom.agents.command.amounts import name_amounts
from stillroom.agents.command.decades import name_decades
from stillroom.agents.command.eras import name_eras
from stillroom.agents.command.lengths import name_lengths
from stillroom.agents.command.scales import name_scores
from stillroom.data.catalogue import Catalogue

_QUOTED: Final = re.compile(r"[\"\u201c\u201d]")
_READERS: Final = (name_ages, name_amounts, name_lengths, name_scores, name_eras, name_decades)


def name_numbers(command: str, catalogue: Catalogue) -> str:
    """Return the command with its numbers said as the catalogue holds them."""
    if _QUOTED.search(command):
        return command
    for name in _READERS:
        command = name(command, catalogue)
    return command
