"""Export: a student as one file, and the proof that nothing was lost on the way.

`export_gguf` writes the merged model (float32 merge, then Q8_0); `compare_logits` puts three forms of one student side
by side on the same prompts: base and adapter as trained, the adapter merged in float32, and the exported file as
transformers reads it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stillroom.agents.models.decoding import TokenSpace
from stillroom.agents.models.merge import read_adapter, write_merged_gguf
from stillroom.agents.models.transformers_model import load_weights


@dataclass(frozen=True)
class LogitGap:
    """How far one form's next-token logits are from the adapter's, over every position of the prompts."""

    form: str
    max_abs: float
    mean_kl: float
    same_top: float

    @property
    def sentence(self) -> str:
        """Return the gap in one line."""
        return (
            f"{self.form} against adapter: largest logit difference {self.max_abs:.3g}, "
            f"mean KL {self.mean_kl:.2e} nats, same first choice at {self.same_top:.1%} of positions"
        )


def export_gguf(student: Path, base: Path, out: Path) -> Path:
    """Write the student in `student` merged into `base` (a GGUF file) to `out`; raise ModelError when it cannot be."""
    return write_merged_gguf(base, read_adapter(student), out)


def compare_logits(student: Path, base: Path, exported: Path, prompts: Sequence[str]) -> tuple[LogitGap, LogitGap]:
    """Return the gaps of the merged and of the exported form from the adapter's, on literal prompts."""
    space = TokenSpace(student / "tokenizer.json")
    rows = [space.encode(prompt) for prompt in prompts]
    adapted = load_weights(base, student, torch.float32, "cpu")
    trained = _logits(adapted, rows)
    merged = _logits(adapted.merge_and_unload(), rows)
    written = _logits(load_weights(exported, None, torch.float32, "cpu"), rows)
    return _gap("merged", trained, merged), _gap("exported", trained, written)


def _logits(model: Any, rows: Sequence[Sequence[int]]) -> Tensor:
    """Return the logits of every position of every row, (positions, n_tokens)."""
    with torch.inference_mode():
        return torch.cat([model(input_ids=torch.tensor([list(row)])).logits[0].float() for row in rows])


def _gap(form: str, trained: Tensor, other: Tensor) -> LogitGap:
    log_p, log_q = trained.log_softmax(-1), other.log_softmax(-1)
    kl = (log_p.exp() * (log_p - log_q)).sum(-1).mean()
    same = (trained.argmax(-1) == other.argmax(-1)).float().mean()
    return LogitGap(form, float((trained - other).abs().max()), float(kl), float(same))
