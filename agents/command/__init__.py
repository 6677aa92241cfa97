"""What code reads in a command, before and after a model does, the same for every model.

Enter at `refuse` (what is no command), `read_appeal` (what is asked beside preferences), `rewrite.rewrite` (how a model
is shown it) and `resolve` (what its reply refers to). Nothing here asks a model or answers anybody.
"""

from stillroom.agents.command.alone import named_alone
from stillroom.agents.command.appeal import Appeal, is_only_appeal, read_appeal
from stillroom.agents.command.chatter import Chatter, is_chatter, read_chatter
from stillroom.agents.command.corrections import corrected_number
from stillroom.agents.command.exceptions import excuses
from stillroom.agents.command.legible import clean_text, has_words, refuse
from stillroom.agents.command.missed import misses_title
from stillroom.agents.command.pronouns import name_last
from stillroom.agents.command.question import asks_about_all, is_only_question, superlative_asked
from stillroom.agents.command.reference import resolve
from stillroom.agents.command.repeats import without_repeats
from stillroom.agents.command.undo import is_called_off, n_undone, takes_back

__all__ = [
    "Appeal",
    "Chatter",
    "asks_about_all",
    "clean_text",
    "corrected_number",
    "excuses",
    "has_words",
    "is_called_off",
    "is_chatter",
    "is_only_appeal",
    "is_only_question",
    "misses_title",
    "n_undone",
    "name_last",
    "named_alone",
    "read_appeal",
    "read_chatter",
    "refuse",
    "resolve",
    "superlative_asked",
    "takes_back",
    "without_repeats",
]
