"""The no-LLM reading of commands: word lists, patterns and scopes. Enter at `parser.parse_command`.

It is the honest baseline that students are measured against; it must never see the simulators' wordings.
"""

from stillroom.agents.rules.as_said import as_said
from stillroom.agents.rules.memory import is_only_reset
from stillroom.agents.rules.parser import parse_command
from stillroom.agents.rules.vocabulary import Vocabulary
from stillroom.agents.rules.whole import read_whole

__all__ = ["Vocabulary", "as_said", "is_only_reset", "parse_command", "read_whole"]
