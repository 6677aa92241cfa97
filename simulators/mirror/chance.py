"""What chance is for a task: how often a reader without passages is right who knows what could be the answer."""

from __future__ import annotations

from stillroom.simulators.mirror.relation import Kind
from stillroom.simulators.mirror.structure import Structure
from stillroom.simulators.mirror.world import COMPARISON
from stillroom.simulators.tasks.task import Task


def chance_of(structure: Structure, task: Task) -> float:
    """Return the chance of a blind guess to be right.

    Of two things it is 1/2; of a relation's value 1 / the number of different values in the world; of a film 1 / the
    number of films. The most common difference of two of n numbers has at most a share of 2 / n, and their sum less.
    """
    if task.kind.startswith(COMPARISON):
        return 0.5
    asked = task.notes["asked"]
    if not isinstance(asked, list):
        raise ValueError(f"task {task.id} does not say what it asks for")
    if asked == [Kind.FILM]:
        return 1 / len(structure.of_kind(Kind.FILM))
    return min(1.0, len(asked) / min(structure.n_values(str(key)) for key in asked))
