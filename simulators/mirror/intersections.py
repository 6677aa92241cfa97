"""Intersection questions: the one film by a director for the company of a founder, or something of that film."""

from __future__ import annotations

from typing import Final

from stillroom.simulators.mirror.chains import ask
from stillroom.simulators.mirror.question import Question, Read, Step
from stillroom.simulators.mirror.reference import Reference, Source, kind_of
from stillroom.simulators.mirror.relation import UNASKED, Kind
from stillroom.simulators.mirror.wording import Wording

# What reads as an answer where the thing itself is sought, and not something of it.
NAME: Final = "name"
# The question names the director, and the company by its founder.
_GIVEN: Final = frozenset({"director", "company"})
_ON: Final = ("lead", "composer")


def draw_intersection(source: Source, n_hops: int) -> Question | None:
    """Draw a question over 2 passages (company, film) or 3 (and a person of the film); None where it is not one."""
    film = source.random.choice(source.starts[Kind.FILM])
    facts = source.structure.entities[film].facts
    director, company = str(facts["director"]), str(facts["company"])
    founder = str(source.structure.entities[company].facts["founder"])
    if not _is_only(source, film, director, company, founder):
        return None
    reference = Reference((film,))
    if n_hops == 3:
        on = source.random.choice(_ON)
        reference = Reference((film, str(facts[on])), (on,))
    relation = _asked(source, reference, {film, director, company, founder})
    wording = source.wording()
    people = {"a": f"{{{director}}}", "b": f"{{{founder}}}"}
    return Question(
        kind=f"intersection-{n_hops}",
        text=_text(reference, relation, wording, people),
        answer=film if relation == NAME else source.structure.entities[reference.end].facts[relation],
        asked=(str(Kind.FILM) if relation == NAME else f"{kind_of(reference.end)}.{relation}",),
        form={"director": director, "founder": founder, "relations": [*reference.relations, relation]},
        steps=_steps(source, reference, relation, (director, company, founder)),
        templates=tuple(wording.used),
    )


def _is_only(source: Source, film: str, director: str, company: str, founder: str) -> bool:
    """Say whether the founder founded one company, for which the director made one film."""
    films = set(source.structure.subjects("director", director)) & set(source.structure.subjects("company", company))
    return films == {film} and source.structure.subjects("founder", founder) == (company,)


def _asked(source: Source, reference: Reference, given: set[str]) -> str:
    facts = source.structure.entities[reference.end].facts
    asked = [name for name, value in facts.items() if name not in UNASKED | _GIVEN and value not in given]
    if not reference.relations:
        # The film itself is sought as often as all that is said of it.
        asked += [NAME] * len(asked)
    return source.random.choice(asked)


def _text(reference: Reference, relation: str, wording: Wording, people: dict[str, str]) -> str:
    if relation == NAME:
        return wording.say("meet.ask", **people)
    return ask(reference, relation, wording, first=wording.say("meet.phrase", **people))


def _steps(source: Source, reference: Reference, relation: str, given: tuple[str, str, str]) -> tuple[Step, ...]:
    director, company, founder = given
    value = reference.visited[0] if relation == NAME else source.structure.entities[reference.end].facts[relation]
    film, *rest = reference.steps(source.bank, Read(relation, value))
    return (
        Step(f"company founded by {{{founder}}}", company, (Read(NAME, company),)),
        Step(f"film directed by {{{director}}} produced by {{{company}}}", film.passage, film.reads),
        *rest,
    )
