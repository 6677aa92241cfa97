"""What code reads in a command, before and after a model does, the same for every model.

Enter at `refuse` (what is no command), `read_appeal` (what is asked beside preferences), `rewrite.rewrite` (how a model
is shown it) and `resolve` (what its reply refers to). Nothing here asks a model or answers anybody.
"""

from stillroom.agents.command.alone import named_alone
from stillroom.agents.command.appeal import Appeal, is_only_appeal, read_appeal
from stillroom.agents.command.corrections import corrected_number
from stillroom.agents.command.legible import clean_text, has_words, refuse
from stillroom.agents.command.question import asks_about_all, is_only_question, superlative_asked
from stillroom.agents.command.reference import resolve
from stillroom.agents.command.repeats import without_repeats
from stillroom.agents.command.undo import is_called_off, n_undone, takes_back

__all__ = [
    "Appeal",
    "asks_about_all",
    "clean_text",
    "corrected_number",
    "has_words",
    "is_called_off",
    "is_only_appeal",
    "is_only_question",
    "n_undone",
    "named_alone",
    "read_appeal",
    "refuse",
    "resolve",
    "superlative_asked",
    "takes_back",
    "without_repeats",
]
