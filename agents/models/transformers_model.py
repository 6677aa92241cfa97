"""The reference runtime: transformers' own `generate`, on a GGUF file or a folder, with an optional PEFT adapter.

Slower than the exported graph, but it runs whatever transformers runs, on a GPU where there is one.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from pydantic import PrivateAttr
from transformers import AutoModelForCausalLM, AutoTokenizer, LogitsProcessorList, StoppingCriteriaList

from stillroom.agents.models.batch_decoding import Row, RowEnds, RowLogits
from stillroom.agents.models.batcher import Batcher
from stillroom.agents.models.decoding import Completion, Sampling, TokenSpace
from stillroom.agents.models.error import ModelError
from stillroom.agents.models.local_model import LocalModel
from stillroom.data.building import building_file

# As many rows of a teacher's prompt (2,500 tokens) as leave a 1.5B model room on a card of 24 GiB.
_LARGEST_BATCH: Final = 64


def load_weights(base: Path, adapter: Path | None, dtype: torch.dtype, device: str) -> Any:
    """Return a causal language model from a GGUF file or a folder, with an adapter's weights where one is given."""
    where = {"gguf_file": base.name} if base.is_file() else {}
    folder = base.parent if base.is_file() else base
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True, **where)
    except (OSError, ValueError) as error:
        raise ModelError(f"{base} holds no weights that transformers can read ({error})") from error
    if adapter is not None:
        from peft import PeftModel

        # peft must see plain linear layers, not the mark of the quantisation that was undone on loading.
        for owner in (model, model.config):
            for mark in ("quantization_config", "hf_quantizer"):
                if hasattr(owner, mark):
                    delattr(owner, mark)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an old name
                model = PeftModel.from_pretrained(model, str(adapter))
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(f"{adapter} holds no adapter for {base.name} ({error})") from error
    model.to(device).eval()
    return model


def write_tokenizer(base: Path, out: Path) -> Path:
    """Write the tokenizer of a GGUF file or a folder as one tokenizer.json."""
    where = {"gguf_file": base.name} if base.is_file() else {}
    folder = base.parent if base.is_file() else base
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, **where)
    except (OSError, ValueError) as error:
        raise ModelError(f"{base} holds no tokenizer ({error})") from error
    with building_file(out) as scratch:
        tokenizer.backend_tokenizer.save(str(scratch))
    return out


class TransformersModel(LocalModel):
    """A chat model over transformers' `generate`."""

    steered_by: ClassVar[frozenset[str]] = frozenset({"grammar", "sampling", "n"})
    _model: Any = PrivateAttr()
    _space: TokenSpace = PrivateAttr()
    _batcher: Batcher[Row, Completion] = PrivateAttr()

    @classmethod
    def open(
        cls, base: Path, adapter_folder: Path | None = None, *, tokenizer_json: Path | None = None, **fields: Any
    ) -> TransformersModel:
        """Load weights (bf16 on CUDA, fp32 on the CPU); `fields` are those of LocalModel."""
        model = cls(**fields)
        model._batcher = Batcher(model._decode, _LARGEST_BATCH)
        on_gpu = torch.cuda.is_available()
        dtype, device = (torch.bfloat16, "cuda") if on_gpu else (torch.float32, "cpu")
        model._model = load_weights(base, adapter_folder, dtype, device)
        if tokenizer_json is not None:
            model._space = TokenSpace(tokenizer_json)
        else:
            with tempfile.TemporaryDirectory() as scratch:
                model._space = TokenSpace(write_tokenizer(base, Path(scratch) / "tokenizer.json"))
        return model

    def complete(self, prompt: str, grammar: str | None, sampling: Sampling, draft: str | None = None) -> Completion:
        """Return the reply to a literal prompt; several threads are answered together, no draft is made use of."""
        return self._batcher(Row(self._space, prompt, grammar, sampling))

    def complete_many(self, prompt: str, grammar: str | None, sampling: Sampling, n_replies: int) -> list[Completion]:
        """Return several replies to a literal prompt, as one batch."""
        with ThreadPoolExecutor(n_replies) as threads:
            return list(threads.map(lambda one: self.complete(prompt, grammar, one), sampling.series(n_replies)))

    def _decode(self, rows: Sequence[Row]) -> list[Completion]:
        """Return the replies to a batch of prompts, padded on the left to the longest."""
        n_prompt = max(len(row.prompt) for row in rows)
        padded = [[self._space.stop] * (n_prompt - len(row.prompt)) + row.prompt for row in rows]
        read = [[0] * (n_prompt - len(row.prompt)) + [1] * len(row.prompt) for row in rows]
        device = self._model.device
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=torch.tensor(padded, device=device),
                attention_mask=torch.tensor(read, device=device),
                max_new_tokens=max(row.sampling.max_tokens for row in rows),
                eos_token_id=self._space.stop,
                pad_token_id=self._space.stop,
                logits_processor=LogitsProcessorList([RowLogits(rows, n_prompt)]),
                stopping_criteria=StoppingCriteriaList([RowEnds(rows, n_prompt)]),
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
            )
        return [row.completion(reply) for row, reply in zip(rows, out[:, n_prompt:].tolist(), strict=True)]
