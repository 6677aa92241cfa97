"""Chain questions: from an entity along relations to a value, a passage a hop."""

from __future__ import annotations

from stillroom.simulators.mirror.question import Question, Read
from stillroom.simulators.mirror.reference import Reference, Source, kind_of, walk
from stillroom.simulators.mirror.relation import UNASKED
from stillroom.simulators.mirror.wording import Wording


def draw_chain(source: Source, n_hops: int) -> Question | None:
    """Draw a chain of so many passages; None where the draw leads nowhere."""
    reference = walk(source, n_hops - 1)
    if reference is None:
        return None
    end = reference.end
    asked = [
        name
        for name, value in source.structure.entities[end].facts.items()
        if name not in UNASKED and value not in reference.visited
    ]
    relation = source.random.choice(asked)
    answer = source.structure.entities[end].facts[relation]
    wording = source.wording()
    return Question(
        kind=f"chain-{n_hops}",
        text=ask(reference, relation, wording),
        answer=answer,
        asked=(f"{kind_of(end)}.{relation}",),
        form={"chain": [*reference.relations, relation], "start": reference.visited[0]},
        steps=reference.steps(source.bank, Read(relation, answer)),
        templates=tuple(wording.used),
    )


def ask(reference: Reference, relation: str, wording: Wording, first: str = "") -> str:
    """Ask for a relation of what is meant, the start said as `first` where that is given.

    Where two relations can be said in one breath, half the time they are.
    """
    last = reference.relations[-1] if reference.relations else ""
    joint = f"both.{last}-{relation}"
    if wording.bank.has(joint) and wording.random.random() < 0.5:
        shorter = Reference(reference.visited[:-1], reference.relations[:-1])
        return wording.say(joint, x=shorter.phrase(wording, first))
    return wording.say(f"ask.{kind_of(reference.end)}.{relation}", x=reference.phrase(wording, first))
