"""How the rows of a batch are decoded by transformers' `generate`: each by its own grammar, sampling and end.

Contract: a row's tokens depend on nothing of the other rows but the arithmetic's rounding. Sampling adds Gumbel noise
of the row's own seed to its scaled logits and takes the largest (arXiv 1611.01144, section 2), so that rows of any
temperatures go through one greedy pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LogitsProcessor, StoppingCriteria

from stillroom.agents.models.decoding import (
    LENGTH,
    LOOP,
    STOP,
    Completion,
    Sampling,
    TokenConstraint,
    TokenSpace,
    before_loop,
    tidy,
)


class Row:
    """One reply of a batch as it grows."""

    def __init__(self, space: TokenSpace, prompt: str, grammar: str | None, sampling: Sampling) -> None:
        """Start behind the prompt; raise ModelError for a grammar that the engine cannot read."""
        self.prompt = space.encode(prompt)
        self.sampling = sampling
        self._space, self._grammar = space, grammar
        self._constraint: TokenConstraint | None = space.constrain(grammar) if grammar else None
        self._generator = np.random.default_rng(sampling.seed)
        self._n_taken = 0

    def mask(self, reply: list[int], n_tokens: int) -> NDArray[np.bool_] | None:
        """Return which tokens may follow the reply so far, (n_tokens,), or None when all may."""
        if self._constraint is None:
            return None
        for token in reply[self._n_taken :]:
            if not self._constraint.is_over:
                self._constraint.take(token)
        self._n_taken = len(reply)
        allowed = np.zeros(n_tokens, dtype=np.bool_)
        if self._constraint.is_over:
            allowed[self._space.stop] = True
        else:
            mask = self._constraint.allowed()
            allowed[: len(mask)] = mask[:n_tokens]
        return allowed

    def noise(self, n_tokens: int) -> NDArray[np.float32]:
        """Return Gumbel noise, (n_tokens,)."""
        return self._generator.gumbel(size=n_tokens).astype(np.float32)

    def is_over(self, reply: list[int]) -> bool:
        """Say whether the reply is as long as it may be, or repeats a line."""
        return len(reply) >= self.sampling.max_tokens or self._repeats(reply)

    def completion(self, reply: list[int]) -> Completion:
        """Return the finished reply; what `generate` wrote behind its end is cut off."""
        reply = reply[: self.sampling.max_tokens]
        if self._space.stop in reply:
            reply = reply[: reply.index(self._space.stop) + 1]
        text = self._space.decode(reply)
        reason = STOP if reply and reply[-1] == self._space.stop else LENGTH
        if self._repeats(reply):
            reason = LOOP
        return Completion(tidy(text, self._grammar, reason), len(self.prompt), len(reply), reason)

    def _repeats(self, reply: list[int]) -> bool:
        return self._grammar is not None and before_loop(self._space.decode(reply)) is not None


class RowLogits(LogitsProcessor):
    """Every row's grammar and temperature, applied to its logits."""

    def __init__(self, rows: Sequence[Row], n_prompt: int) -> None:
        """Take the rows of the batch, whose prompts are padded to `n_prompt` ids."""
        self._rows, self._n_prompt = rows, n_prompt

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the logits (n_rows, n_tokens) so that the largest of each row is the token to take."""
        n_tokens = int(scores.shape[-1])
        scores = scores.float()
        for at, reply in enumerate(input_ids[:, self._n_prompt :].tolist()):
            row = self._rows[at]
            if row.sampling.temperature > 0:
                noise = torch.from_numpy(row.noise(n_tokens)).to(scores.device)
                scores[at] = scores[at] / row.sampling.temperature + noise
            allowed = row.mask(reply, n_tokens)
            if allowed is not None:
                scores[at].masked_fill_(~torch.from_numpy(allowed).to(scores.device), float("-inf"))
        return scores


class RowEnds(StoppingCriteria):
    """Ends each row by itself."""

    def __init__(self, rows: Sequence[Row], n_prompt: int) -> None:
        """Take the rows of the batch, whose prompts are padded to `n_prompt` ids."""
        self._rows, self._n_prompt = rows, n_prompt

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        """Return which rows are over, (n_rows,)."""
        replies = input_ids[:, self._n_prompt :].tolist()
        ends = [row.is_over(reply) for row, reply in zip(self._rows, replies, strict=True)]
        return torch.tensor(ends, device=input_ids.device)
