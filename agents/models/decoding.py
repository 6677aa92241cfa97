"""Grammar-constrained decoding on this machine: tokens, the grammar's mask over them, and the loop that picks them.

Contract: with a grammar, every token picked keeps the text inside it, and stretches that the grammar leaves no choice
about are appended by the engine in its own canonical tokens, without asking the model. A draft (what the reply will
probably be) is read in one go and kept as far as the model would have said the same: that saves time and changes a
reply by no more than the runtime's rounding (speculative decoding, arXiv 2211.17192). So is, from then on, what comes
after the same words in draft, prompt or reply (prompt lookup, as far as a pass has room): most names are copied.
llguidance works out masks as it goes, so a grammar that changes every turn costs milliseconds (xgrammar took 17 s to
compile the films' grammar).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import llguidance
import llguidance.numpy
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from stillroom.agents.chatml import TURN_END
from stillroom.agents.models.error import ModelError

Logits = NDArray[np.float32]
States = NDArray[np.float32]
TokenIds = NDArray[np.int64]
STOP: Final = "stop"
LENGTH: Final = "length"
LOOP: Final = "loop"
# The ids at a reply's end that are looked up: more hardly ever find another continuation.
_LOOKED_UP: Final = 2


class Reader(Protocol):
    """A language model that reads token ids one after the other and remembers what it has read.

    Reading gives states, and a state is multiplied with the output matrix for those tokens only that may come next:
    under a grammar they are few, and the matrix is a fifth of a small model. Fewer ids than `pass_length` are read no
    faster than so many.
    """

    @property
    def pass_length(self) -> int:
        """Return how many ids are read at the price of one."""
        ...

    def begin(self, prompt: Sequence[int]) -> list[int]:
        """Start a reply to a prompt; return the part of the prompt that is still to be read, at least its last id."""
        ...

    def read(self, ids: Sequence[int], n_last: int = 1) -> States:
        """Read on; return the state after each of the last `n_last` ids, shape (n_last, width)."""
        ...

    def logits(self, state: States, tokens: TokenIds | None) -> Logits:
        """Return the logits of some tokens, or of all, after a state (width,): shape (len(tokens),)."""
        ...

    def unread(self, n_ids: int) -> None:
        """Forget the last ids that were read."""
        ...


class FanningReader(Reader, Protocol):
    """A Reader that can go on from what it has read in several ways at once."""

    def fan_out(self, parents: Sequence[int], ids: Sequence[int]) -> States:
        """Read one id in each branch, and return the states after them, (len(ids), width).

        A branch goes on from the branch `parents` says of the last call (0, the trunk, at the first after a `read`);
        one that is nobody's parent is dropped. The next `begin` forgets all branches and keeps the trunk.
        """
        ...

    def all_logits(self, states: States) -> Logits:
        """Return the logits of all tokens after several states, (len(states), n_tokens)."""
        ...


class TokenSpace:
    """A tokenizer and its view by the grammar engine; `stop` is the id that ends an assistant's turn."""

    def __init__(self, tokenizer_json: Path) -> None:
        """Read a tokenizer.json; raise ModelError when it is none or does not speak ChatML."""
        try:
            text = tokenizer_json.read_text(encoding="utf-8")
            self._tokenizer: Tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # the tokenizers library raises bare Exception
            raise ModelError(f"{tokenizer_json} is no tokenizer ({error})") from error
        stop = self._tokenizer.token_to_id(TURN_END)
        if stop is None:
            raise ModelError(f"{tokenizer_json} has no {TURN_END} token: only ChatML models can be served here")
        self.stop: int = stop
        self._engine = llguidance.LLTokenizer(text, eos_token=stop)

    def encode(self, text: str) -> list[int]:
        """Return the text's token ids, nothing added."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the ids' text without special tokens."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def constrain(self, grammar: str) -> TokenConstraint:
        """Return a fresh constraint; raise ModelError when the engine cannot read the regular expression."""
        matcher = llguidance.LLMatcher(self._engine, llguidance.LLMatcher.grammar_from_regex(grammar))
        if matcher.get_error():
            raise ModelError(f"the grammar cannot be used: {matcher.get_error().splitlines()[0]}")
        return TokenConstraint(matcher, self._engine.vocab_size)


class TokenConstraint:
    """One reply's way through a grammar."""

    def __init__(self, matcher: Any, n_tokens: int) -> None:
        """Start at the grammar's beginning."""
        self._matcher = matcher
        self._bits = llguidance.numpy.allocate_token_bitmask(1, n_tokens)
        self._n_tokens = n_tokens

    def allowed(self) -> NDArray[np.bool_]:
        """Return which tokens may come next, shape (n_tokens,)."""
        llguidance.numpy.fill_next_token_bitmask(self._matcher, self._bits, 0)
        bits = np.unpackbits(self._bits[0].view(np.uint8), bitorder="little")
        return bits[: self._n_tokens].astype(np.bool_)

    def choices(self) -> TokenIds:
        """Return the ids of the tokens that may come next, ascending; raise ModelError when there is none."""
        tokens: TokenIds = np.flatnonzero(self.allowed())
        if not len(tokens):
            raise ModelError("the grammar has come to an end that is none")
        return tokens

    def take(self, token: int) -> None:
        """Move past a token."""
        if not self._matcher.consume_token(token):
            raise ModelError(f"the grammar engine refused a token: {self._matcher.get_error()}")

    def forced(self) -> list[int]:
        """Return the tokens that must come next, and move past them."""
        tokens = list(self._matcher.compute_ff_tokens())
        for token in tokens:
            self.take(token)
        return tokens

    @property
    def is_over(self) -> bool:
        """Say whether nothing can follow."""
        return bool(self._matcher.is_stopped())


@dataclass(frozen=True)
class Sampling:
    """How a token is picked: greedily at temperature 0, else at random by seed; at most `max_tokens` of them."""

    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = 128

    def series(self, n_replies: int) -> list[Sampling]:
        """Return how each of several replies is picked: by seeds of their own, from this one on."""
        return [replace(self, seed=self.seed + number) for number in range(n_replies)]


@dataclass(frozen=True)
class Completion:
    """A reply: its text, how many tokens went in and came out, and why it ended (`stop`, `length` or `loop`)."""

    text: str
    n_in: int
    n_out: int
    finish_reason: str


def decode(
    reader: Reader, space: TokenSpace, prompt: str, grammar: str | None, sampling: Sampling, draft: str | None = None
) -> Completion:
    """Return the reply to a prompt; a `draft` that turns out right makes it faster, a wrong one makes it no other."""
    prompt_ids, draft_ids = space.encode(prompt), space.encode(draft or "")
    constraint = space.constrain(grammar) if grammar else None
    generator = np.random.default_rng(sampling.seed)
    pending, guess = reader.begin(prompt_ids), draft_ids[: sampling.max_tokens]
    reply, reason = list[int](), LENGTH
    while len(reply) < sampling.max_tokens and reason == LENGTH:
        states = reader.read([*pending, *guess], 1 + len(guess))
        pending, n_right = [], 0
        while not pending and reason == LENGTH and len(reply) < sampling.max_tokens:
            token = pick(reader, states[n_right], constraint, sampling.temperature, generator)
            said, is_over = _say(token, space.stop, constraint)
            reply += said
            reason = STOP if is_over else LENGTH
            if grammar and before_loop(space.decode(reply)) is not None:
                reason = LOOP
            same = n_same(said, guess[n_right:])
            n_right, pending = n_right + same, said[same:]
        if n_right < len(guess):
            reader.unread(len(guess) - n_right)
        guess = look_up(reply, (draft_ids, prompt_ids, reply), reader.pass_length - len(pending))
    # A forced end-of-turn token is part of the reply's cost, not of its text.
    return Completion(tidy(space.decode(reply), grammar, reason), len(prompt_ids), len(reply), reason)


def decode_many(
    reader: FanningReader, space: TokenSpace, prompt: str, grammar: str | None, sampling: Sampling, n_replies: int
) -> list[Completion]:
    """Return several replies to a prompt, which is read once, and whose tokens are then read side by side.

    The i-th is what `decode` draws with the seed `sampling.seed` + i, but for the runtime's rounding.
    """
    prompt_ids = space.encode(prompt)
    states = reader.read(reader.begin(prompt_ids))[-1:]
    replies = [_Branch(space, grammar, one) for one in sampling.series(n_replies)]
    # The branches that go on, and the row of `states` that each of them is at: at first all are at the trunk's.
    alive = [(branch, 0) for branch in replies]
    while alive:
        logits = reader.all_logits(states)
        for branch, at in alive:
            branch.go_on(logits[at])
        alive = [(branch, at) for branch, at in alive if branch.waiting]
        if alive:
            states = reader.fan_out([at for _, at in alive], [branch.waiting.pop(0) for branch, _ in alive])
            alive = [(branch, at) for at, (branch, _) in enumerate(alive)]
    return [branch.completion(len(prompt_ids)) for branch in replies]


class _Branch:
    """One of several replies on its way: what it has said, and which of that the reader has yet to read."""

    def __init__(self, space: TokenSpace, grammar: str | None, sampling: Sampling) -> None:
        self._space, self._grammar, self._sampling = space, grammar, sampling
        self._constraint = space.constrain(grammar) if grammar else None
        self._generator = np.random.default_rng(sampling.seed)
        self._reply: list[int] = []
        self._reason = ""
        self.waiting: list[int] = []

    def go_on(self, logits: Logits) -> None:
        """Pick the next token, where all that was said has been read; nothing waits when the reply is over."""
        if self.waiting:
            return
        token = pick_among(logits, self._constraint, self._sampling.temperature, self._generator)
        said, is_over = _say(token, self._space.stop, self._constraint)
        self._reply += said
        if self._grammar and before_loop(self._space.decode(self._reply)) is not None:
            self._reason = LOOP
        elif is_over:
            self._reason = STOP
        elif len(self._reply) >= self._sampling.max_tokens:
            self._reason = LENGTH
        else:
            self.waiting = said

    def completion(self, n_in: int) -> Completion:
        text = tidy(self._space.decode(self._reply), self._grammar, self._reason)
        return Completion(text, n_in, len(self._reply), self._reason)


def look_up(said: Sequence[int], sources: Sequence[Sequence[int]], n_ids: int) -> list[int]:
    """Return at most `n_ids` ids that may come next: what follows the last two of `said`, or the last, in a source.

    An earlier source goes before a later one, and the last occurrence in it before others. From prompt lookup decoding
    (A. Saxena, 2023).
    """
    for length in range(min(_LOOKED_UP, len(said)), 0, -1):
        end = list(said[len(said) - length :])
        for source in sources:
            for at in range(len(source) - length - 1, -1, -1):
                if source[at : at + length] == end:
                    return list(source[at + length : at + length + max(0, n_ids)])
    return []


def before_loop(text: str) -> str | None:
    """Return the text up to a whole line that says the same as the one before it, or None where there is none.

    A small model that repeats a line goes on so to the end of its tokens, and a line said twice changes nothing.
    """
    lines = text.split("\n")[:-1]
    again = next((at for at in range(1, len(lines)) if lines[at] == lines[at - 1]), None)
    return None if again is None else "\n".join(lines[:again])


def _say(token: int, stop: int, constraint: TokenConstraint | None) -> tuple[list[int], bool]:
    """Return a picked token and those that the grammar forces after it, and whether the reply is over."""
    if token == stop:
        return [], True
    if constraint is None:
        return [token], False
    constraint.take(token)
    forced = [] if constraint.is_over else constraint.forced()
    return [token, *forced], constraint.is_over


def n_same(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many items two sequences have in common from their start."""
    return next(
        (at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


def pick(
    reader: Reader,
    state: States,
    constraint: TokenConstraint | None,
    temperature: float,
    generator: np.random.Generator,
) -> int:
    """Return the next token after a state, of those that the constraint allows."""
    tokens = None if constraint is None else constraint.choices()
    return _draw(reader.logits(state, tokens), tokens, temperature, generator)


def pick_among(
    logits: Logits, constraint: TokenConstraint | None, temperature: float, generator: np.random.Generator
) -> int:
    """Return the next token by the logits of all tokens, of those that the constraint allows."""
    tokens = None if constraint is None else constraint.choices()
    return _draw(logits if tokens is None else logits[tokens], tokens, temperature, generator)


def _draw(logits: Logits, tokens: TokenIds | None, temperature: float, generator: np.random.Generator) -> int:
    if temperature <= 0:
        at = int(np.argmax(logits))
    else:
        shares = np.exp((logits.astype(np.float64) - logits.max()) / temperature)
        at = int(generator.choice(len(shares), p=shares / shares.sum()))
    return at if tokens is None else int(tokens[at])


def tidy(text: str, grammar: str | None, reason: str) -> str:
    """Return the reply, cut back to its last new or whole line when a loop or its length ended it inside a grammar."""
    if grammar and reason == LOOP:
        text = before_loop(text) or ""
    elif grammar and reason == LENGTH and "\n" in text:
        text = text.rpartition("\n")[0]
    return text.strip()
