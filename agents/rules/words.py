"""Words that wish for nothing by themselves; what names values of facets stands in `words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Final

NO_WISH: Final = "for a change, live action, bring it on, no exceptions, no exception, no offense, no offence,"
" no idea, no worries, no rush, why not, not bad"
_ORDINARY: Final = (
    "a about after again all also am an and any anything are as at back be because before best better"
    " big bit both but by"
    " came can day did do does dad mum mom done else end even ever every everything film films fine first for from get"
    " give go good got great had has have he her here him his how i if in is it just keep kind know"
    " last later least like"
    " little long lot made make man many maybe me mean minute more most movie movies much my need"
    " never new next night no"
    " not nothing now of off ok okay old on one only or other out over part people person please"
    " really right same say see"
    " seen she should show so some something still stuff such sure take tell than thank thanks that the their them then"
    " there these they thing things think this those time to today tonight too try two under up"
    " us very want was watch way"
    " wish surprise director lately reading talk telling seriously actually again honestly kind"
    " anymore tonight week weekend movie picture feed list second half"
    " we week well were what when where which who why will with without work would year years yes"
    " yet you your girlfriend"
    " boyfriend wife husband brother sister friend niece nephew mother father life love house door work death money"
)
ORDINARY: Final = frozenset(_ORDINARY.split())


def value_words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return what people call the values of facets: by facet and value."""
    text = resources.files("stillroom.agents.rules").joinpath("words.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return tables
