"""Comparison questions: which of two has the smaller or the larger number, itself or by what it leads to."""

from __future__ import annotations

from typing import Final

from stillroom.simulators.mirror.question import Computation, Question, Read
from stillroom.simulators.mirror.reference import Reference, Source, walk_by, walk_to
from stillroom.simulators.mirror.relation import RELATIONS, Relation

_SIGNS: Final = {"smaller": "<", "larger": ">"}


def draw_comparison(source: Source, n_hops: int) -> Question | None:
    """Draw a question over 2 passages (the two themselves) or 4 (what they lead to); None where the draw fails."""
    tables = [key for key in source.bank.templates if key.startswith("compare." if n_hops == 2 else "led.")]
    key = source.random.choice(tables)
    _, which, first, number = key.split(".")
    way = None if n_hops == 2 else next(relation for relation in RELATIONS.values() if _leads(relation, first, number))
    subject = first if way is None else str(way.value)
    asked = RELATIONS[f"{subject}.{number}"]
    if way is None:
        pair = (walk_to(source, asked.subject, 0), walk_to(source, asked.subject, 0))
    else:
        pair = (walk_by(source, way), walk_by(source, way))
    if pair[0] is None or pair[1] is None or len({*pair[0].visited, *pair[1].visited}) != n_hops:
        return None
    return _question(source, key, which, asked, pair[0], pair[1])


def _leads(relation: Relation, name: str, number: str) -> bool:
    return relation.name == name and f"{relation.value}.{number}" in RELATIONS


def _question(
    source: Source, key: str, which: str, asked: Relation, first: Reference, second: Reference
) -> Question | None:
    facts = source.structure.entities
    a, b = int(facts[first.end].facts[asked.name]), int(facts[second.end].facts[asked.name])
    if a == b:
        return None
    wording = source.wording()
    starts = (first.visited[0], second.visited[0])
    steps = (
        *first.steps(source.bank, Read(asked.name, a, "a")),
        *second.steps(source.bank, Read(asked.name, b, "b")),
    )
    return Question(
        kind=f"comparison-{len(steps)}",
        text=wording.say(key, a=f"{{{starts[0]}}}", b=f"{{{starts[1]}}}"),
        answer=starts[0] if (a < b) == (which == "smaller") else starts[1],
        asked=(asked.key,),
        form={"which": which, "number": asked.name, "relations": list(first.relations), "pair": [*sorted(starts)]},
        steps=steps,
        templates=tuple(wording.used),
        computation=Computation(
            f"first if a {_SIGNS[which]} b else second", {"first": starts[0], "second": starts[1], "a": a, "b": b}
        ),
    )
