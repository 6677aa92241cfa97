"""What a command may refuse, and how it says so: one clear sentence and exit code 2, never a traceback.

Contract: every exception type that crosses a folder's boundary is named in `BOUNDARIES`, by its dotted name, so that
telling a refusal from a programmer's error imports nothing heavy. Everything else is a bug and crashes.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

EXIT_REFUSED: Final = 2
EXIT_INTERRUPTED: Final = 130

BOUNDARIES: Final = frozenset(
    {
        "stillroom.agents.models.error.ModelError",
        "stillroom.agents.profiles.ProfileError",
        "stillroom.data.artefact.ArtefactError",
        "stillroom.data.catalogue.CatalogueError",
        "stillroom.data.constraint.ConstraintError",
        "stillroom.data.schema.SchemaError",
        "stillroom.data.store_file.StoreError",
        "stillroom.data.trajectory.TrajectoryError",
        "stillroom.distill.checkpoint.CheckpointError",
        "stillroom.distill.recipe.RecipeError",
        "stillroom.distill.rows.RowError",
        "stillroom.distill.run.TrainingError",
        "stillroom.serve.refusals.CommandError",
        "stillroom.simulators.evaluation.EvaluationError",
        "stillroom.simulators.domain.WordingError",
        "stillroom.simulators.rivals.rival.RivalError",
        "stillroom.simulators.tasks.task.TaskError",
        "stillroom.simulators.user.UserError",
        "stillroom.tools.passages.build.PassageError",
        "stillroom.tools.sandbox.execution.SandboxError",
    }
)
# What the machine refuses: a full disk, a folder that may not be written, a path that is something else.
_MACHINE: Final = frozenset(
    {
        errno.EACCES, errno.EDQUOT, errno.EEXIST, errno.EISDIR, errno.ENOENT,
        errno.ENOSPC, errno.ENOTDIR, errno.EPERM, errno.EROFS,
    }
)  # fmt: skip


class CommandError(RuntimeError):
    """A command that cannot be carried out as asked; the message is one sentence for the person who typed it."""


class InterruptionError(RuntimeError):
    """A command that was interrupted; the message says in one sentence how to go on."""


def refusal_of(error: BaseException) -> str | None:
    """Return the sentence in which an exception is told to a person, None when it is a programmer's error."""
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if names & BOUNDARIES:
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.errno in _MACHINE and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return None


def refuse_given(why: str, given: Mapping[str, object]) -> None:
    """Refuse the first option that was given, since it would be passed over in silence."""
    for option, value in given.items():
        if value:
            raise CommandError(f"{option} {why}")


@contextmanager
def resumable(how: str) -> Iterator[None]:
    """Turn Ctrl-C into InterruptionError with the sentence `how`."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptionError(how) from error
    except RuntimeError as error:
        # DuckDB takes a Ctrl-C that falls into one of its queries for itself, and has no exception type for it.
        if str(error) != "Query interrupted":
            raise
        raise InterruptionError(how) from error
