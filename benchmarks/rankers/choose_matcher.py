"""Which ranker's item vectors and which weights the matcher takes: measured on validation people alone.

    python benchmarks/rankers/choose_matcher.py [--users 300] [--seed 0] [--sessions "als;puresvd alpha=0.4"]

The expert parses and training wordings are used, so that tools alone differ. First, sessions are run with the tools as
they are, and every moment in which something was asked is noted: preferences, history, what was shown. Each candidate
ranks all these moments, and its NDCG@10 of the hidden target is compared with that of the tools as they are, paired
over people. With `--sessions`, the named candidates go through whole sessions.
A ranker is `now`, a NAME of `vectors-NAME.npy`, or one with `+text`: items that nobody liked get the mean of their
nearest by text. A candidate reads `VECTORS [alpha=…] [temperature=…] [tag_weight=…] [beta=…]`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from stillroom.agents.feed_graph import FeedGraphConfig
from stillroom.agents.plan import standard_plan
from stillroom.agents.requests import PlanRequest
from stillroom.agents.state import FeedState
from stillroom.data.catalogue import Catalogue
from stillroom.data.interactions import Fold
from stillroom.data.preferences import Preferences
from stillroom.data.worlds import load_world
from stillroom.simulators.bootstrap import interval, paired_difference, sum_by_user
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.evaluation_table import differences_of, sessions_table
from stillroom.simulators.metrics import ndcg_at
from stillroom.simulators.session import Graph, Seat, SessionConfig, SessionRunner
from stillroom.simulators.stage import Stage, build_stage
from stillroom.simulators.wording_bank import Split
from stillroom.tools.attenuator import Attenuator
from stillroom.tools.matcher import Matcher
from stillroom.tools.state import ToolState, UserProfile
from stillroom.tools.toolbox import ToolConfig, run_plan

N_NEAREST = 20
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Moment:
    """A moment of a session in which something was asked: who, after what, and what the tools are given."""

    user: str
    target: int
    setting: Setting
    preferences: Preferences
    history: tuple[int, ...]
    shown: frozenset[int]


@dataclass
class Recorder:
    """A graph that notes what its tools are given; the card of the session that runs is set from outside."""

    graph: Graph
    moments: list[Moment] = field(default_factory=list)
    card: UserCard | None = None
    setting: Setting = Setting.SINGLE_ROUND

    def invoke(self, state: Mapping[str, Any]) -> FeedState:
        """Pass a turn on, and note it when the feed was made anew."""
        after = cast(FeedState, self.graph.invoke(dict(state)))
        if state["command"] is not None and after.get("tool_state") is not None and self.card is not None:
            card, shown = self.card, frozenset(state["shown"])
            self.moments.append(Moment(card.user, card.target, self.setting, after["preferences"], card.history, shown))
        return after


@dataclass(frozen=True)
class Weights:
    """The weights that are chosen here; as they are, unless given."""

    alpha: float = Matcher.alpha
    tag_weight: float = Matcher.tag_weight
    beta: float = Attenuator.beta

    def __str__(self) -> str:
        return f"alpha={self.alpha:<4} tag_weight={self.tag_weight:<4} beta={self.beta:<4}"


@dataclass(frozen=True)
class Candidate:
    """Item vectors and the weights of matcher and attenuator."""

    name: str
    catalogue: Catalogue
    tools: ToolConfig


def read_candidate(text: str, catalogue: Catalogue, folder: Path) -> Candidate:
    """Read a candidate from its words."""
    name, *weights = text.split()
    given = {key: float(value) for key, _, value in (weight.partition("=") for weight in weights)}
    beta = {"beta": given.pop("beta")} if "beta" in given else {}
    tools = ToolConfig(matcher=replace(Matcher(), **given), attenuator=replace(Attenuator(), **beta))
    return Candidate(text, with_vectors(catalogue, name, folder), tools)


def with_vectors(catalogue: Catalogue, name: str, folder: Path) -> Catalogue:
    """Return the catalogue with the item vectors of a name."""
    base, _, text_too = name.partition("+")
    vectors = catalogue.collaborative if base == "now" else np.load(folder / f"vectors-{base}.npy")
    return replace(catalogue, collaborative=with_text(catalogue, vectors) if text_too else vectors)


def with_text(catalogue: Catalogue, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors, zero ones replaced by the mean of the nearest liked items by text, at unit length."""
    liked = np.flatnonzero(vectors.any(axis=1))
    filled = np.array(vectors)
    texts = np.asarray(catalogue.text_vectors)
    for cold in np.array_split(np.flatnonzero(~vectors.any(axis=1)), 16):
        nearness = texts[cold] @ texts[liked].T
        nearest = np.argpartition(-nearness, N_NEAREST, axis=1)[:, :N_NEAREST]
        weights = np.take_along_axis(nearness, nearest, axis=1)
        mean = np.einsum("cn,cnd->cd", weights, vectors[liked[nearest]])
        filled[cold] = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
    return filled


def record(stage: Stage, cards: Sequence[UserCard], seed: int) -> list[Moment]:
    """Run sessions with the tools as they are and return their moments."""
    seat = stage.expert_seat()
    recorder = Recorder(seat.graph)
    runner = SessionRunner(stage.catalogue, stage.user(Split.TRAIN), Seat(cast(Graph, recorder), "expert", seat.oracle))
    for setting in (Setting.SINGLE_ROUND, Setting.MULTI_ROUND):
        for card in cards:
            recorder.card, recorder.setting = card, setting
            runner.run(card, setting, seed)
    return recorder.moments


@dataclass(frozen=True, eq=False)
class Parts:
    """A moment's score parts over its candidates, each for a weight of 1: totals are then one sum away."""

    place: int
    attended: Floats
    semantic: Floats
    tag: Floats
    dislike: Floats
    rest: Floats

    def rank(self, weights: Weights) -> int:
        """Return the hidden target's rank, from 1, among what may be shown."""
        total = weights.alpha * self.semantic + (1 - weights.alpha) * self.attended
        total = total + weights.tag_weight * self.tag + weights.beta * self.dislike + self.rest
        return int(np.count_nonzero(total >= total[self.place]))


def parts_at(moment: Moment, catalogue: Catalogue, temperature: float) -> Parts | None:
    """Return a moment's parts, None when the target may not be shown at all."""
    plan = standard_plan(PlanRequest(moment.preferences, (), bool(moment.history)))
    found: list[ToolState] = []
    for alpha in (0.0, 1.0):
        tools = ToolConfig(matcher=Matcher(alpha, temperature, 1.0), attenuator=Attenuator(1.0))
        run = run_plan(plan, catalogue, moment.preferences, UserProfile(moment.history), moment.shown, config=tools)
        if run.is_stuck or not run.state.candidates[moment.target]:
            return None
        found.append(run.state)
    rows = np.flatnonzero(found[0].candidates)
    none = np.zeros(rows.size, np.float32)
    parts = {name: part[rows] for name, part in found[0].parts.items()}
    semantic = found[1].parts["match"][rows] if "match" in parts else none
    tag, dislike = parts.pop("tag", none), parts.pop("attenuate", none)
    attended = parts.pop("match", none)
    rest = np.sum([*parts.values(), none], axis=0)
    return Parts(int(np.searchsorted(rows, moment.target)), attended, semantic, tag, dislike, rest)


def grid() -> Iterator[Weights]:
    """Yield the weights that every ranker is tried with."""
    for alpha in (0.6, 0.8, 0.4, 0.3, 0.2, 0.1, 0.0):
        yield Weights(alpha)
    for alpha in (0.6, 0.2):
        for tag_weight in (0.5, 1.0, 2.0, 3.0):
            yield Weights(alpha, tag_weight=tag_weight)
        for beta in (0.5, 1.0, 3.0):
            yield Weights(alpha, beta=beta)


def measure(moments: Sequence[Moment], rankers: Sequence[tuple[str, float, Catalogue]]) -> None:
    """Print NDCG@10 of every ranker and weight, and its difference from the tools as they are, in both settings."""
    settings = (Setting.SINGLE_ROUND, Setting.MULTI_ROUND)
    own = {setting: [n for n, moment in enumerate(moments) if moment.setting is setting] for setting in settings}
    baseline: dict[Setting, NDArray[np.float64]] = {}
    for name, temperature, catalogue in rankers:
        parts = [parts_at(moment, catalogue, temperature) for moment in moments]
        for weights in grid():
            ranks = [catalogue.n_items if part is None else part.rank(weights) for part in parts]
            words = [f"{name:13} temperature={temperature:<5} {weights}"]
            for setting in settings:
                rows = np.array([[ndcg_at([ranks[n]], 10), 1.0] for n in own[setting]])
                table = sum_by_user([moments[n].user for n in own[setting]], rows)
                other = paired_difference(table, baseline.setdefault(setting, table))
                words.append(f"{setting.value} {interval(table).value:.4f} ({other.value:+.4f}")
                words.append(f"[{other.low:+.4f}, {other.high:+.4f}])")
            print(" ".join(words), f"median rank {np.median(ranks):.0f}", flush=True)


def run_sessions(stage: Stage, cards: Sequence[UserCard], candidates: Sequence[Candidate], seed: int) -> None:
    """Print Pass Rate, rounds and NDCG@10 of whole sessions, each candidate paired with the first."""
    for setting in (Setting.SINGLE_ROUND, Setting.MULTI_ROUND):
        n_rounds = 1 if setting is Setting.SINGLE_ROUND else SessionConfig().n_rounds
        first = None
        for candidate in candidates:
            own = replace(stage, catalogue=candidate.catalogue, config=FeedGraphConfig(tools=candidate.tools))
            runner = SessionRunner(own.catalogue, own.user(Split.TRAIN), own.expert_seat())
            episodes = [runner.run(card, setting, seed) for card in cards]
            table = sessions_table(episodes, own.catalogue, n_rounds)
            result = table.result(2000)
            words = [f"{setting.value} {candidate.name:32}"]
            first = first or table
            paired = {d.metric: d.estimate for d in differences_of("", "", table, "", first, 2000)}
            for metric in ("pass_rate", "rounds", "ndcg_at_10"):
                low, high = paired[metric].low, paired[metric].high
                change = "" if table is first else f" ({paired[metric].value:+.3f} [{low:+.3f}, {high:+.3f}])"
                words.append(f"{metric} {result.metrics[metric].value:.3f}{change}")
            print(" ".join(words), flush=True)


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=300, help="sessions in each setting")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("runs/rankers"))
    parser.add_argument("--rankers", help="names of vectors, with commas (default: all in the folder)")
    parser.add_argument("--temperatures", default="0.1", help="of the attention, with commas")
    parser.add_argument("--sessions", help="candidates for whole sessions, with ; between them")
    options = parser.parse_args()
    catalogue = load_world("films")
    stage = build_stage(catalogue)
    cards = stage.cards(Fold.VALIDATION, options.users, options.seed)
    if options.sessions:
        texts = ["now", *(text.strip() for text in options.sessions.split(";"))]
        named = [read_candidate(text, catalogue, options.folder) for text in texts]
        run_sessions(stage, cards, named, options.seed)
        return
    names = options.rankers.split(",") if options.rankers else all_names(options.folder)
    moments = record(stage, cards, options.seed)
    print(f"{len(moments)} moments of {len({moment.user for moment in moments})} people, seed {options.seed}")
    temperatures = [float(text) for text in options.temperatures.split(",")]
    rankers = ((name, t, with_vectors(catalogue, name, options.folder)) for name in names for t in temperatures)
    measure(moments, list(rankers))


def all_names(folder: Path) -> list[str]:
    """Return the names of the vectors in a folder, today's first."""
    return ["now", *sorted(path.stem.removeprefix("vectors-") for path in folder.glob("vectors-*.npy"))]


if __name__ == "__main__":
    main()
