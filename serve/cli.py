"""The command line: `stillroom COMMAND`, every command in its own file, registered here.

Contract: exit code 0 when it is done, 2 with one sentence on stderr when it is refused, 130 when it was interrupted.
Anything else is a bug of ours and shows its traceback. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final

import typer
from typer.exceptions import TyperException

from stillroom import __version__
from stillroom.serve.chat_command import chat
from stillroom.serve.console import complain, hush_libraries, native_output_hidden, show
from stillroom.serve.demo_command import demo
from stillroom.serve.distill_command import build_distill
from stillroom.serve.doctor_command import doctor
from stillroom.serve.evaluate_command import evaluate
from stillroom.serve.fetch_command import fetch
from stillroom.serve.parse_command import parse
from stillroom.serve.refusals import EXIT_INTERRUPTED, EXIT_REFUSED, InterruptionError, refusal_of
from stillroom.serve.report_command import report
from stillroom.serve.simulate_command import simulate
from stillroom.serve.situations_command import situations
from stillroom.serve.solve_command import solve
from stillroom.serve.traces_command import build_traces, export_store

_SIMULATE_EXAMPLES: Final = """Example: stillroom simulate --model expert --world films --episodes 400

Example: stillroom simulate --model openai:MODEL --base-url http://localhost:8000/v1 --concurrency 8

Example: stillroom simulate --model anthropic:MODEL --max-cost 5 --price-in 3 --price-out 15

Example: stillroom simulate --task mirror --model expert --episodes 1000"""
_EVALUATE_EXAMPLES: Final = """Example: stillroom evaluate --models rules,student:default,expert --users 100

Example: stillroom evaluate --suite feed --results RESULTS.md

Example: stillroom evaluate --models openai:MODEL,student:default --prices prices.toml --max-cost 2

Example: stillroom evaluate --task gsm8k,mirror --models student:solver,student:solver+sag8 --users 50

Example: stillroom evaluate --suite solver --results RESULTS.md"""


def build_app() -> typer.Typer:
    """Return the application with every command registered."""
    app = typer.Typer(
        name="stillroom",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Steer a recommendation feed in plain language, and distil the agent that does it into a small student.",
    )
    app.callback()(_main_options)
    app.command(epilog="Example: stillroom demo --out runs/demo")(demo)
    app.command(epilog="Example: stillroom fetch --list")(fetch)
    app.command(epilog=_SIMULATE_EXAMPLES)(simulate)
    app.command(epilog="Example: stillroom chat --model student:default (or openai:MODEL --base-url URL)")(chat)
    app.command(epilog="Example: stillroom parse --model rules --world films < in.jsonl > out.jsonl")(parse)
    app.command(epilog="Example: stillroom solve --model local:qwen2.5-coder-1.5b --task gsm8k < in.jsonl > out.jsonl")(
        solve
    )
    app.add_typer(build_distill(), name="distill")
    app.command(epilog=_EVALUATE_EXAMPLES)(evaluate)
    app.command(epilog="Example: stillroom situations --models student:default --kind undo --failures")(situations)
    app.command(epilog="Example: stillroom report --json runs/evaluation.json --out runs/report.html")(report)
    app.add_typer(build_traces(), name="traces")
    app.command("export", epilog="Example: stillroom export --format parquet --out runs/export")(export_store)
    app.command(epilog="Example: stillroom doctor")(doctor)
    return app


def run_command(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; a programmer's error is raised."""
    try:
        code = build_app()(arguments, prog_name="stillroom", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except TyperException as error:
        if usage := _usage(error):  # empty when no arguments were given and the help was shown
            complain(f"{usage} (see `stillroom --help`)")
        return EXIT_REFUSED
    except (InterruptionError, KeyboardInterrupt, typer.Abort) as error:
        complain(str(error) or "interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone, as with `| head`; nothing is left to be said to them.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return 0
    except Exception as error:
        sentence = refusal_of(error)
        if sentence is None:
            raise
        complain(sentence)
        return EXIT_REFUSED


def main() -> None:
    """Run the command that was typed, and leave with its exit code."""
    hush_libraries()
    with native_output_hidden():
        code = run_command()
    sys.exit(code)


def _show_version(wanted: bool) -> None:
    if wanted:
        show(f"stillroom {__version__}")
        raise typer.Exit


def _main_options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def _usage(error: TyperException) -> str:
    message = getattr(error, "format_message", lambda: str(error))()
    return " ".join(message.split()).removesuffix(".")
