"""Drawing a structure: who directs, owns and marries what, in plausible years, and every value about equally often.

Contract: the same size and seed give the same structure in any process. Values are dealt out from shuffled decks rather
than drawn, so that no director, birthplace or country is a good guess. Nothing of a name is known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from stillroom.simulators.mirror.relation import Kind
from stillroom.simulators.mirror.structure import (
    N_AWARDS,
    N_COUNTRIES,
    REGIONS_A_COUNTRY,
    RIVERS_A_COUNTRY,
    Entity,
    Structure,
    Value,
)

SMALLEST, LARGEST = 60, 5_000
GENRES: Final = (
    "drama",
    "comedy",
    "thriller",
    "western",
    "musical",
    "mystery",
    "romance",
    "fantasy",
    "war film",
    "heist film",
)
INSTRUMENTS: Final = (
    "violin",
    "cello",
    "piano",
    "clarinet",
    "trumpet",
    "guitar",
    "flute",
    "harp",
    "accordion",
    "saxophone",
)
INDUSTRIES: Final = ("shipping", "publishing", "steel", "textiles", "insurance", "brewing", "pharmaceuticals", "toys")
DIRECTOR, ACTOR, COMPOSER, FOUNDER, MAYOR = (
    "film director",
    "screen actor",
    "composer",
    "business founder",
    "politician",
)
_SHARES: Final = {Kind.PLACE: 0.13, Kind.COMPANY: 0.10}
_PROFESSIONS: Final = {DIRECTOR: 0.07, ACTOR: 0.07, COMPOSER: 0.06}
# People of one film are of about one age: the nearest so many by year of birth.
_NEAR: Final = 4
_FIRST_BIRTH, _LAST_BIRTH = 1900, 1975

_Facts = dict[str, dict[str, Value]]


class _Deck:
    """Deals its cards in a shuffled order, again and again."""

    def __init__(self, cards: Sequence[str], random: Random) -> None:
        self._cards, self._random = list(cards), random
        self._dealing: Iterator[str] = iter(())

    def deal(self) -> str:
        for card in self._dealing:
            return card
        self._random.shuffle(self._cards)
        self._dealing = iter(list(self._cards))
        return next(self._dealing)


def draw_structure(size: int, seed: int) -> Structure:
    """Return the structure of a world with `size` entities, from SMALLEST to LARGEST."""
    random = Random(f"mirror:{size}:{seed}:structure")
    n_places, n_companies = (round(size * share) for share in _SHARES.values())
    professions = [name for name, share in _PROFESSIONS.items() for _ in range(round(size * share))]
    # Every company has a founder and every town a mayor of its own.
    professions += [FOUNDER] * n_companies + [MAYOR] * n_places
    n_films = size - n_places - n_companies - len(professions)
    facts: _Facts = {}
    places, companies = _ids(Kind.PLACE, n_places), _ids(Kind.COMPANY, n_companies)
    people, films = _ids(Kind.PERSON, len(professions)), _ids(Kind.FILM, n_films)
    random.shuffle(professions)
    _draw_people(facts, dict(zip(people, professions, strict=True)), places, companies, random)
    _draw_places(facts, places, people, random)
    _draw_companies(facts, companies, people, places, random)
    _draw_films(facts, films, people, companies, random)
    ids = (*films, *people, *places, *companies)
    return Structure(size, seed, {each: Entity(each, Kind(each.partition("-")[0]), facts[each]) for each in ids})


def _ids(kind: Kind, n_entities: int) -> list[str]:
    return [f"{kind}-{number}" for number in range(1, n_entities + 1)]


def _draw_people(
    facts: _Facts, professions: dict[str, str], places: list[str], companies: list[str], random: Random
) -> None:
    homes, jobs, instruments = _Deck(places, random), _Deck(companies, random), _Deck(INSTRUMENTS, random)
    awards = _Deck([f"{Kind.AWARD}-{number}" for number in range(1, N_AWARDS + 1)], random)
    for person, profession in professions.items():
        own: dict[str, Value] = {"occupation": profession, "birthplace": homes.deal()}
        own["born"] = random.randint(_FIRST_BIRTH, _LAST_BIRTH)
        if profession != FOUNDER and random.random() < 0.75:
            own["employer"] = jobs.deal()
        if profession in (ACTOR, COMPOSER) or random.random() < 0.2:
            own["instrument"] = instruments.deal()
        if random.random() < 0.6:
            own["award"] = awards.deal()
        facts[person] = own
    married = sorted(random.sample(list(professions), len(professions) * 7 // 10), key=lambda each: facts[each]["born"])
    for one, other in zip(married[::2], married[1::2], strict=False):
        facts[one]["spouse"], facts[other]["spouse"] = other, one


def _draw_places(facts: _Facts, places: list[str], people: list[str], random: Random) -> None:
    mayors = _Deck([person for person in people if facts[person]["occupation"] == MAYOR], random)
    countries = _Deck([str(number) for number in range(N_COUNTRIES)], random)
    for place in places:
        country = int(countries.deal())
        region = country * REGIONS_A_COUNTRY + random.randrange(REGIONS_A_COUNTRY) + 1
        own: dict[str, Value] = {"region": f"{Kind.REGION}-{region}", "country": f"{Kind.COUNTRY}-{country + 1}"}
        own["population"] = int(2_000 * 450 ** random.random()) + random.randrange(100)
        own["founded"] = random.randint(900, 1850)
        if random.random() < 0.75:
            river = country * RIVERS_A_COUNTRY + random.randrange(RIVERS_A_COUNTRY) + 1
            own["river"] = f"{Kind.RIVER}-{river}"
        facts[place] = {**own, "mayor": mayors.deal()}


def _draw_companies(facts: _Facts, companies: list[str], people: list[str], places: list[str], random: Random) -> None:
    founders = _Deck([person for person in people if facts[person]["occupation"] == FOUNDER], random)
    seats, industries = _Deck(places, random), _Deck(INDUSTRIES, random)
    for number, company in enumerate(companies):
        founder = founders.deal()
        own: dict[str, Value] = {"headquarters": seats.deal(), "founder": founder}
        own["founded"] = int(facts[founder]["born"]) + random.randint(20, 40)
        own["employees"] = int(30 * 900 ** random.random()) + random.randrange(10)
        own["industry"] = industries.deal()
        if number and random.random() < 0.5:
            own["parent"] = companies[random.randrange(number)]
        facts[company] = own


def _draw_films(facts: _Facts, films: list[str], people: list[str], companies: list[str], random: Random) -> None:
    by_profession = {
        name: [person for person in people if facts[person]["occupation"] == name] for name in _PROFESSIONS
    }
    directors = _Deck(by_profession[DIRECTOR], random)
    producers, genres = _Deck(companies, random), _Deck(GENRES, random)
    countries = _Deck([f"{Kind.COUNTRY}-{number}" for number in range(1, N_COUNTRIES + 1)], random)
    for film in films:
        director = directors.deal()
        born = int(facts[director]["born"])
        crew = [director]
        for profession in (ACTOR, COMPOSER):
            near = sorted(by_profession[profession], key=lambda each: (abs(int(facts[each]["born"]) - born), each))
            crew.append(random.choice(near[: max(_NEAR, len(near) // 4)]))
        own: dict[str, Value] = dict(zip(("director", "lead", "composer"), crew, strict=True))
        own["company"] = producers.deal()
        own["year"] = max(int(facts[each]["born"]) for each in crew) + random.randint(22, 45)
        own["runtime"] = random.randint(71, 189)
        own["country"] = countries.deal()
        own["budget"] = random.randint(100, 9_999) * 10_000 + random.randrange(10) * 1_000
        facts[film] = {**own, "genre": genres.deal()}
