"""A peft model of a known architecture, read into the lists that passes.py computes with.

Contract: the same mathematics as the peft model that it reads its weights from (a test compares values and gradients);
only the schedule differs. Query, key and value (and gate and up) are one matrix product each, the adapter's product
is added in place, sequences are padded on the right only (so the batch's own mask is all that is needed).
Imports torch (and rows.py, passes.py) only: this file travels with a training folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from stillroom.distill.passes import loss_and_gradients
from stillroom.distill.rows import Batch

KNOWN_ARCHITECTURES = ("llama", "qwen2")


class _Linears:
    """Linear layers that read the same input, as one frozen matrix plus the adapters' weights side by side.

    `weight` and `transposed` are laid out as oneDNN wants them where `packed`: torch's own product does so at every
    call, which costs as much as half of the product. `a` (ranks, in) holds the scaled A of each layer, `b` (out, ranks)
    the B of each as a block on its diagonal, in the precision of the products: copies, made once for a step.
    """

    def __init__(self, layers: Sequence[Any], *, packed: bool) -> None:
        bases = [getattr(layer, "base_layer", layer) for layer in layers]
        weight = torch.cat([base.weight.detach() for base in bases])
        biased = bases[0].bias is not None
        self.bias = torch.cat([base.bias.detach() for base in bases]) if biased else weight.new_zeros(0)
        self.weight, self.transposed = _lay_out(weight, packed=packed)
        adapted = [layer for layer in layers if hasattr(layer, "lora_A")]
        if adapted and len(adapted) != len(layers):
            raise ValueError("layers that share an input are adapted together or not at all")
        self.downs: list[Tensor] = [layer.lora_A["default"].weight for layer in adapted]
        self.ups: list[Tensor] = [layer.lora_B["default"].weight for layer in adapted]
        self.scales = [float(layer.scaling["default"]) for layer in adapted]
        self.ranks = [up.shape[1] for up in self.ups]
        self.a = weight.new_zeros((sum(self.ranks), weight.shape[1]))
        self.b = weight.new_zeros((weight.shape[0], sum(self.ranks)))
        self.a_parts, self.b_parts = list(torch.split_with_sizes(self.a, self.ranks)), self.blocks(self.b)

    def blocks(self, matrix: Tensor) -> list[Tensor]:
        """Return the views of a matrix's diagonal blocks, (out, r) for each layer."""
        row = column = 0
        views = []
        for up in self.ups:
            height, width = up.shape
            views.append(matrix[row : row + height, column : column + width])
            row, column = row + height, column + width
        return views


def _lay_out(weight: Tensor, *, packed: bool) -> tuple[Tensor, Tensor]:
    """Return a matrix (out, in) and its transpose, as products take them."""
    if not packed:
        return weight, weight.t()
    pack = torch.ops.mkldnn._reorder_linear_weight
    return pack(weight.contiguous()), pack(weight.t().contiguous())


def _can_pack(weight: Tensor) -> bool:
    there = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    able = weight.dtype == torch.bfloat16 and weight.device.type == "cpu" and there
    return bool(able and torch.ops.mkldnn._is_mkldnn_bf16_supported())


class Backbone:
    """A fast view of a peft model of a known architecture; shares its adapter's parameters."""

    def __init__(self, model: Any, chunk: int = 128) -> None:
        """Read the weights of `model` (a peft model with the adapter named default, without dropout)."""
        causal = model.get_base_model()
        config, inner = causal.config, causal.model
        if config.model_type not in KNOWN_ARCHITECTURES:
            raise ValueError(f"no fast forward pass for the architecture {config.model_type!r}")
        self.embedding = inner.embed_tokens.weight.detach()
        self.rotary: nn.Module = inner.rotary_emb
        self.packed, self.chunk = _can_pack(self.embedding), chunk
        self.linears = [linears for layer in inner.layers for linears in self._read(layer)]
        # The layers from here on are adapted; there are no others among them.
        self.first = next((at for at, linears in enumerate(self.linears) if linears.downs), len(self.linears)) // 4
        norms = [(layer.input_layernorm, layer.post_attention_layernorm) for layer in inner.layers]
        self.gains = [gain.weight.detach() for gain in (*(one for two in norms for one in two), inner.norm)]
        head, head_transposed = _lay_out(causal.lm_head.weight.detach(), packed=self.packed)
        self.weights = [*(linears.weight for linears in self.linears), head]
        self.transposed = [*(linears.transposed for linears in self.linears), head_transposed]
        self.biases = [linears.bias for linears in self.linears]
        self.a, self.b = [linears.a for linears in self.linears], [linears.b for linears in self.linears]
        self.scales = [scale for linears in self.linears for scale in linears.scales]
        self.epsilon = float(config.rms_norm_eps)
        self.heads, self.kv_heads = int(config.num_attention_heads), int(config.num_key_value_heads)
        self.width = int(getattr(config, "head_dim", None) or config.hidden_size // self.heads)
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.refresh()

    def refresh(self) -> None:
        """Take up the adapter's weights as they are now; without it, they are those of the last time."""
        with torch.no_grad():
            a_parts = [part for linears in self.linears for part in linears.a_parts]
            torch._foreach_copy_(a_parts, [down for linears in self.linears for down in linears.downs])
            torch._foreach_mul_(a_parts, self.scales)
            b_parts = [part for linears in self.linears for part in linears.b_parts]
            torch._foreach_copy_(b_parts, [up for linears in self.linears for up in linears.ups])

    def loss(self, batch: Batch) -> Tensor:
        """Return the summed cross entropy of a batch's targets."""
        return self._compute(batch, len(self.linears) // 4)[0]

    def gradients(self, batch: Batch) -> tuple[Tensor, list[Tensor]]:
        """Return the same and its gradients for the adapter's parameters, in their order, as precise as products."""
        loss, g_a, g_b = self._compute(batch, self.first)
        downs, by_parameter = list[Tensor](), dict[Tensor, Tensor]()
        for linears in self.linears[4 * self.first :]:
            g_downs, g_ups = torch.split_with_sizes(g_a.pop(), linears.ranks), linears.blocks(g_b.pop().t())
            by_parameter.update(zip([*linears.downs, *linears.ups], [*g_downs, *g_ups], strict=True))
            downs += g_downs
        torch._foreach_mul_(downs, self.scales)
        return loss, [by_parameter[parameter] for parameter in self.parameters]

    def _read(self, layer: Any) -> tuple[_Linears, ...]:
        attention, mlp = layer.self_attn, layer.mlp
        readers = (
            (attention.q_proj, attention.k_proj, attention.v_proj),
            (attention.o_proj,),
            (mlp.gate_proj, mlp.up_proj),
            (mlp.down_proj,),
        )
        return tuple(_Linears(layers, packed=self.packed) for layers in readers)

    def _compute(self, batch: Batch, first: int) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        with torch.no_grad():
            x = functional.embedding(batch.ids.reshape(-1), self.embedding)
            cos, sin = self.rotary(x, batch.positions)
            half = cos.shape[-1] // 2
            found: tuple[Tensor, list[Tensor], list[Tensor]] = loss_and_gradients(
                x,
                cos[:, :, None, :half],
                sin[:, :, None, :half],
                batch.mask(x.dtype),
                batch.chosen,
                batch.targets,
                self.weights,
                self.transposed,
                self.biases,
                self.gains,
                self.a,
                self.b,
                self.heads,
                self.kv_heads,
                self.width,
                self.epsilon,
                self.chunk,
                self.packed,
                first,
            )
        return found
