"""The model card of a student, rendered from its training.json. Standard library only: it travels with the folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any


def render_card(record: Mapping[str, Any], metrics: Mapping[str, str] | None = None) -> str:
    """Return README.md of a student; `metrics` are further lines (name, value) of an evaluation."""
    run, result = record["run"], record["result"]
    adapter = run["adapter"]
    start = run.get("start")
    rows = [
        ("base model", run["base"]),
        *([("average of", _parts(record["average"]))] if "average" in record else []),
        *([("went on from", f"{start['student']}, after {start['tokens']:,} tokens")] if start else []),
        ("adapter", f"LoRA r={adapter['r']}, alpha={adapter['alpha']:g}, on {', '.join(adapter['targets'])}"),
        ("steps", f"{result['step']:,}"),
        ("tokens", f"{result['tokens']:,}"),
        ("training time", f"{result['seconds'] / 60:.1f} min on {result['device']}, {result['precision']}"),
        ("held-out loss", "not measured" if result["dev_loss"] is None else f"{result['dev_loss']:.4f} per token"),
        ("seed", str(run["seed"])),
        (
            "data",
            ", ".join(f"{name} `{digest[:12]}`" for name, digest in sorted(run["files"].items()) if "jsonl" in name),
        ),
        ("packages", ", ".join(f"{name} {version}" for name, version in sorted(record["packages"].items()))),
        *sorted((metrics or {}).items()),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    slices = "\n".join(f"| {name} | {loss:.4f} |" for name, loss in sorted(result["dev_loss_by_slice"].items()))
    purpose = PURPOSES[run.get("graph", "feed")]
    return CARD.format(
        student=record["student"],
        base=run["base"],
        table=table,
        slices=slices or "| none | |",
        tags=purpose["tags"],
        about=fill(ABOUT.format(base=run["base"], about=purpose["about"]), 120),
        use=purpose["use"],
        limits=fill(LIMITS.format(limits=purpose["limits"]), 120),
    )


def _parts(average: Sequence[Mapping[str, str]]) -> str:
    named = ", ".join(f"{part['student']} `{part['sha256'][:12]}`" for part in average)
    return f"{named}; what follows is said of the last of them"


PURPOSES = {
    "feed": {
        "tags": "recommendation, preference-parsing",
        "about": "the feed graph. It reads a command about a feed, or the preferences of a session, and answers in "
        "Stillroom's compact wire format.",
        "use": "stillroom chat --model student:PATH_OF_THIS_FOLDER",
        "limits": "is meant to decode under the grammar of a catalogue; other prompts are outside its training. It was "
        "trained on simulated commands in English.",
    },
    "solver": {
        "tags": "agents, tool-use, question-answering",
        "about": "the solver graph. It reads a question and answers in the form that it was trained for (`form` in "
        "recipe.toml, which Stillroom goes by): agent, a thought and a block of Python at every step, or cot, one "
        "chain of thought.",
        "use": "stillroom solve --model student:PATH_OF_THIS_FOLDER --task gsm8k < questions.jsonl",
        "limits": "needs a sandbox where it writes code; other prompts are outside its training. Its answers are those "
        "of a small model: check them.",
    },
}
ABOUT = "A student of Stillroom: a LoRA on {base} that takes the teacher's place in {about}"
LIMITS = (
    "It expects Stillroom's `student` prompt profile and {limits} Everything in `training.json` was measured in the "
    "run that made these weights, or the last of those that they are the mean of."
)

CARD = """---
library_name: peft
base_model: {base}
license: apache-2.0
tags: [stillroom, lora, {tags}]
---

# {student}

{about}

| | |
| --- | --- |
{table}

## Held-out loss by slice

| slice | loss per token |
| --- | --- |
{slices}

## Use

    {use}

{limits}
"""
