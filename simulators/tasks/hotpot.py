"""HotpotQA (Yang et al., EMNLP 2018): questions of two hops, and the paragraphs that hold their answers.

The first 1,000 questions of its development set (all hard), in an order drawn once: train 600, validation 150, test
250. Searched is the union of the paragraphs of all 1,000, distractors too, each once: 9,769. `hotpotqa+wikipedia` adds
the leads of Wikipedia articles whose titles are not there already: a larger haystack with the same needles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, Final

from pydantic import JsonValue

from stillroom.data.fetch import Fetcher
from stillroom.simulators.tasks.environment import QuestionEnvironment, shuffled
from stillroom.simulators.tasks.task import Part, Task
from stillroom.simulators.tasks.text_answer import mark_words
from stillroom.tools.passages import Passage

QUESTIONS: Final = "hotpotqa-dev-1000"
LEADS: Final = "wikipedia-leads"
SIZES: Final = {Part.TRAIN: 600, Part.VALIDATION: 150, Part.TEST: 250}
_SALT: Final = "stillroom 1"

Row = Mapping[str, Any]
# From a paragraph's title and text to its id.
Ids = Mapping[tuple[str, str], str]


def build_hotpotqa(fetcher: Fetcher) -> QuestionEnvironment:
    """Return HotpotQA over its own paragraphs."""
    path = fetcher.fetch(QUESTIONS) / "hotpotqa_1000.json"
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
    paragraphs = dict.fromkeys(chain.from_iterable(_paragraphs(row).items() for row in rows))
    ids = {paragraph: f"hotpotqa/{number}" for number, paragraph in enumerate(paragraphs)}
    corpus = [Passage(name, *paragraph) for paragraph, name in ids.items()]
    tasks = shuffled([_task(row, ids) for row in rows], _SALT)
    bounds = pairwise(accumulate(SIZES.values(), initial=0))
    parts = {part: tasks[start:end] for part, (start, end) in zip(SIZES, bounds, strict=True)}
    return QuestionEnvironment("hotpotqa", parts, mark_words, corpus)


def build_hotpotqa_and_wikipedia(fetcher: Fetcher) -> QuestionEnvironment:
    """Return HotpotQA over its own paragraphs and the leads of Wikipedia."""
    alone = build_hotpotqa(fetcher)
    titles = {passage.title for passage in alone.corpus}
    leads = [lead for lead in wikipedia_leads(fetcher) if lead.title not in titles]
    return QuestionEnvironment("hotpotqa+wikipedia", alone.parts, mark_words, [*alone.corpus, *leads])


def wikipedia_leads(fetcher: Fetcher) -> Sequence[Passage]:
    """Return the opening paragraphs of 10,033 articles of the English Wikipedia, in the file's order."""
    path = fetcher.fetch(LEADS) / "summaries_en-us.json"
    rows: dict[str, Row] = json.loads(path.read_text(encoding="utf-8"))
    return [
        Passage(f"wikipedia/{number}", row["title"], row["extract"].strip()) for number, row in enumerate(rows.values())
    ]


def _paragraphs(row: Row) -> dict[str, str]:
    context = row["context"]
    return {
        title: "".join(sentences).strip()
        for title, sentences in zip(context["title"], context["sentences"], strict=True)
    }


def _task(row: Row, ids: Ids) -> Task:
    paragraphs = _paragraphs(row)
    facts = row["supporting_facts"]
    sentences = dict(zip(row["context"]["title"], row["context"]["sentences"], strict=True))
    notes: dict[str, JsonValue] = {
        "type": row["type"],
        "level": row["level"],
        "sentences": [
            sentences[title][number].strip() for title, number in zip(facts["title"], facts["sent_id"], strict=True)
        ],
    }
    support = tuple(ids[title, paragraphs[title]] for title in dict.fromkeys(facts["title"]))
    return Task(f"hotpotqa/{row['id']}", row["question"], row["answer"], row["type"], support, notes)
