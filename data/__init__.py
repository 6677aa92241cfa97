"""What everything else agrees on: worlds and catalogues, preferences and their rules, trajectories and their store.

Enter at `worlds.load_world`, `preferences.merge` and `store.Store`. Nothing here calls a tool or a model.
"""

from stillroom.data.catalogue import Catalogue, CatalogueError
from stillroom.data.constraint import Constraint, ConstraintError, Op, Polarity, Strength
from stillroom.data.edit import Edit, Verdict
from stillroom.data.preferences import Preferences, Remembered, merge

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Constraint",
    "ConstraintError",
    "Edit",
    "Op",
    "Polarity",
    "Preferences",
    "Remembered",
    "Strength",
    "Verdict",
    "merge",
]
