"""The reference runtime: transformers' own `generate`, on a GGUF file or a folder, with an optional PEFT adapter.

Slower than the exported graph, but it runs whatever transformers runs, on a GPU where there is one.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import PrivateAttr
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

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
from stillroom.agents.models.error import ModelError
from stillroom.agents.models.local_model import LocalModel


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
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(out.name + ".partial")
    tokenizer.backend_tokenizer.save(str(partial))
    partial.replace(out)
    return out


class _Mask(LogitsProcessor):
    """The grammar's mask; follows the tokens that `generate` picked."""

    def __init__(self, constraint: TokenConstraint, n_prompt: int, stop: int) -> None:
        self._constraint, self._seen, self._stop = constraint, n_prompt, stop

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        for token in input_ids[0, self._seen :].tolist():
            self._constraint.take(token)
        self._seen = int(input_ids.shape[1])
        allowed = np.zeros(scores.shape[-1], dtype=np.bool_)
        if self._constraint.is_over:
            allowed[self._stop] = True
        else:
            mask = self._constraint.allowed()
            allowed[: len(mask)] = mask[: len(allowed)]
        return scores.masked_fill(~torch.from_numpy(allowed).to(scores.device), float("-inf"))


class _Loop(StoppingCriteria):
    """Ends a reply that repeats a line."""

    def __init__(self, space: TokenSpace, n_prompt: int) -> None:
        self._space, self._n_prompt = space, n_prompt

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        text = self._space.decode(input_ids[0, self._n_prompt :].tolist())
        return torch.tensor([before_loop(text) is not None], device=input_ids.device)


class TransformersModel(LocalModel):
    """A chat model over transformers' `generate`."""

    _model: Any = PrivateAttr()
    _space: TokenSpace = PrivateAttr()

    @classmethod
    def open(
        cls, base: Path, adapter_folder: Path | None = None, *, tokenizer_json: Path | None = None, **fields: Any
    ) -> TransformersModel:
        """Load weights (bf16 on CUDA, fp32 on the CPU); `fields` are those of LocalModel."""
        model = cls(**fields)
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
        """Return the reply to a literal prompt; the draft is not made use of."""
        ids = self._space.encode(prompt)
        masks, ends = LogitsProcessorList(), StoppingCriteriaList()
        if grammar:
            ends.append(_Loop(self._space, len(ids)))
            masks.append(_Mask(self._space.constrain(grammar), len(ids), self._space.stop))
        how: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if sampling.temperature > 0:
            torch.manual_seed(sampling.seed)
            how = {"do_sample": True, "temperature": sampling.temperature, "top_p": 1.0, "top_k": 0}
        inputs = torch.tensor([ids], device=self._model.device)
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=inputs,
                attention_mask=torch.ones_like(inputs),
                max_new_tokens=sampling.max_tokens,
                eos_token_id=self._space.stop,
                pad_token_id=self._space.stop,
                logits_processor=masks,
                stopping_criteria=ends,
                **how,
            )
        reply = out[0, len(ids) :].tolist()
        text = self._space.decode(reply)
        reason = STOP if reply and reply[-1] == self._space.stop else LENGTH
        if grammar and before_loop(text) is not None:
            reason = LOOP
        return Completion(tidy(text, grammar, reason), len(ids), len(reply), reason)
