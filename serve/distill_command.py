"""`stillroom distill prepare | reword | train | average | export`: from stored sessions to a student, by a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stillroom.serve.console import Meter, show, show_next
from stillroom.serve.loading import check_replaceable, fetch_base, find_start
from stillroom.serve.options import DEFAULT_STORE, Offline, StorePath
from stillroom.serve.refusals import InterruptionError, resumable
from stillroom.serve.reword_command import reword

if TYPE_CHECKING:
    from stillroom.distill.trainer import Progress

# Commands on which an export is compared with its adapter; any text would do, these are like what it will read.
_PROMPTS: Final = (
    "comedies please, nothing before 1980",
    "less violent and a bit shorter",
    "more like the second one but in french",
    "thanks, that's perfect",
)
_BAR: Final = 1000


def prepare(
    recipe: Annotated[str, typer.Argument(help="A recipe's name or path: demo, films-smollm2, my.toml.")],
    store: StorePath = DEFAULT_STORE,
    out: Annotated[Path, typer.Option(help="The training folder to write.")] = Path("runs/training"),
    copy_base: Annotated[bool, typer.Option(help="Copy the base model in, to train on another machine.")] = False,
    offline: Offline = False,
) -> None:
    """Turn stored sessions into a self-contained training folder."""
    check_replaceable(out, "run.json", "training folder")
    from stillroom.agents.models.load import ModelSource
    from stillroom.data.store import Store
    from stillroom.distill.gate import GateYield
    from stillroom.distill.prepare import training_rows
    from stillroom.distill.recipe import read_recipe
    from stillroom.serve.demo import find_recipe

    path = find_recipe(recipe)
    read = read_recipe(path)
    start = find_start(read)
    with resumable("interrupted; nothing was written, run the same command again"), Meter() as meter:
        with Store.open(store, read_only=True) as opened:
            gated = GateYield()
            rows = training_rows(opened, read, gated)
        fetch_base(f"local:{read.base}", meter, offline=offline)
        base = ModelSource(offline=offline).find_base(read.base)
        from stillroom.distill.training_set import write_training_folder

        text = path.read_text(encoding="utf-8")
        folder = write_training_folder(rows, read, text, base, out, copy_base, start)
    slices = ", ".join(f"{count:,} {name}" for name, count in folder.by_slice.items())
    if read.data.gate != "none":
        show(f"Of {read.data.teacher}'s turns the gate kept:", *(f"  {line}" for line in gated.lines()))
    show(f"Wrote {out}: {folder.n_train:,} rows to learn from ({slices}) and {folder.n_dev:,} held out.")
    show_next(f"stillroom distill train {out} --out runs/{read.name}")


def train(
    folder: Annotated[Path, typer.Argument(help="A training folder made by `distill prepare`.")],
    out: Annotated[Path | None, typer.Option(help="Where the student goes (default: FOLDER/student).")] = None,
    device: Annotated[str | None, typer.Option(help="cpu or cuda (default: cuda where there is one).")] = None,
) -> None:
    """Train the student of a prepared folder; interrupted, it goes on from its last checkpoint."""
    target = out or folder / "student"
    check_replaceable(target, "adapter_config.json", "student")
    from stillroom.distill.run import read_run
    from stillroom.distill.train_command import stop_on_signal, train_folder

    with Meter() as meter, stop_on_signal() as stop:

        def report(progress: Progress) -> None:
            note = f"step {progress.step:,} · loss {progress.loss:.3f} · {progress.tokens_per_s:,.0f} tokens/s"
            if progress.dev_loss is not None:
                meter.note(f"held-out loss {progress.dev_loss:.4f} at step {progress.step:,}")
            meter("training", round(progress.share * _BAR), _BAR, f"{note} · {_time_left(progress.seconds_left)}")

        result = train_folder(folder, target, report, stop, device)
    if not result.finished:
        raise InterruptionError(f"stopped at step {result.step:,}; run the same command again to go on from there")
    held = "" if result.dev_loss is None else f", held-out loss {result.dev_loss:.4f}"
    minutes = result.seconds / 60
    show(f"Wrote {target}: {result.step:,} steps, {result.tokens:,} tokens in {minutes:.1f} min{held}.")
    show_next(
        *_what_to_do_with(target, read_run(folder).graph),
        f"stillroom distill export {target} --out {target.with_suffix('.gguf')}",
    )


def _what_to_do_with(student: Path, graph: str) -> tuple[str, str]:
    if graph == "solver":
        return (
            f"stillroom evaluate --task mirror,gsm8k --models student:{student}",
            f"stillroom solve --model student:{student} --task gsm8k < questions.jsonl",
        )
    return f"stillroom evaluate --models rules,student:{student},expert", f"stillroom chat --model student:{student}"


def average(
    students: Annotated[list[str], typer.Argument(help="Students' folders or names, two or more.")],
    out: Annotated[Path, typer.Option(help="The folder of the new student.")],
) -> None:
    """Average students that were trained on from one another: the mean reads new wordings better than any of them."""
    check_replaceable(out, "adapter_config.json", "student")
    from stillroom.agents.models.student import find_student
    from stillroom.distill.average import average_students

    folders = [find_student(student).path for student in students]
    average_students(folders, out.resolve().name, out)
    show(f"Wrote {out}: the mean of {len(folders)} students.")
    show_next(f"stillroom evaluate --models rules,student:{out},expert", f"stillroom chat --model student:{out}")


def export(
    student: Annotated[str, typer.Argument(help="A student's folder, or the name of one that comes along.")],
    out: Annotated[Path, typer.Option(help="The GGUF file to write (Q8_0).")],
    offline: Offline = False,
) -> None:
    """Merge a student into its base and write one GGUF file; prints how far its logits are from the adapter's."""
    from stillroom.agents.models.load import ModelSource
    from stillroom.agents.models.student import find_student

    found = find_student(student)
    with resumable("interrupted; nothing usable was written, run the same command again"), Meter() as meter:
        fetch_base(f"student:{student}", meter, offline=offline)
        base = ModelSource(offline=offline).find_base(found.base)
        from stillroom.distill.export import compare_logits, export_gguf

        meter("export: merge", 0, 2)
        written = export_gguf(found.path, base, out)
        meter("export: compare logits", 1, 2)
        gaps = compare_logits(found.path, base, written, [_render(command) for command in _PROMPTS])
        meter("export: compare logits", 2, 2)
    show(f"Wrote {written} ({written.stat().st_size / 1e6:,.0f} MB).", *(gap.sentence for gap in gaps))
    show_next(f"stillroom chat --model student:{student}")


def build_distill() -> typer.Typer:
    """Return the group of the five commands."""
    group = typer.Typer(no_args_is_help=True, help="Make a student: prepare its data, train it, export it.")
    example = "Example: stillroom distill"
    group.command(epilog=f"{example} prepare demo --store runs/stillroom.duckdb --out runs/training")(prepare)
    group.command(epilog=f"{example} reword local:qwen2.5-coder-1.5b-instruct --run films-expert-train-0")(reword)
    group.command(epilog=f"{example} train runs/training --out runs/demo")(train)
    group.command(epilog=f"{example} average runs/first runs/second --out runs/mean")(average)
    group.command(epilog=f"{example} export default --out student.gguf")(export)
    return group


def _render(command: str) -> str:
    from stillroom.agents.chatml import render_chat
    from stillroom.agents.profiles import StudentProfile
    from stillroom.agents.requests import ParseRequest
    from stillroom.data.preferences import Preferences

    return render_chat(StudentProfile().render_parse(ParseRequest(command, (), Preferences())))


def _time_left(seconds: float) -> str:
    if seconds == float("inf"):
        return "time left unknown"
    return f"{seconds / 60:.1f} min left" if seconds >= 60 else f"{seconds:.0f} s left"
