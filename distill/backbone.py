"""The forward pass of a LoRA on a Llama-like model, written for speed on CPU.

Contract: the same mathematics as the peft model that it reads its weights from (a test compares values and gradients);
only the schedule differs. Query, key and value (and gate and up) are one matrix product each, the adapter's product
is added in place, element-wise parts have hand-written gradients, sequences are padded on the right only (so the batch's
own mask is all that is needed), and past the last attention only the positions that carry loss are computed.
Imports torch (and rows.py) only: this file travels with a training folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from stillroom.distill.rows import Batch

KNOWN_ARCHITECTURES = ("llama", "qwen2")


class _Frozen:
    """A frozen matrix W (out, in) and bias b, for the products x W' + b and g W.

    In bfloat16 on a CPU both are laid out once as oneDNN wants them: torch's own product does so at every call, which
    costs as much as half of the product at these sizes.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self.weight, self.bias = weight, bias
        self.packed: tuple[Tensor, Tensor] | None = None
        if weight.dtype == torch.bfloat16 and weight.device.type == "cpu" and _has_onednn_bf16():
            pack = torch.ops.mkldnn._reorder_linear_weight
            self.packed = pack(weight.contiguous()), pack(weight.t().contiguous())

    def apply(self, x: Tensor) -> Tensor:
        """Return x W' + b for x (n, in); without a gradient of its own."""
        if self.packed is None:
            return functional.linear(x, self.weight, self.bias)
        return cast(Tensor, torch.ops.mkldnn._linear_pointwise(x, self.packed[0], self.bias, "none", [], ""))

    def apply_transposed(self, g: Tensor) -> Tensor:
        """Return g W for g (n, out); without a gradient of its own."""
        if self.packed is None:
            return g @ self.weight
        return cast(Tensor, torch.ops.mkldnn._linear_pointwise(g, self.packed[1], None, "none", [], ""))


def _has_onednn_bf16() -> bool:
    there = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return bool(there and torch.ops.mkldnn._is_mkldnn_bf16_supported())


class _FrozenLinear(torch.autograd.Function):
    """Compute x W' + b with a gradient for x only."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, frozen: _Frozen) -> Tensor:
        ctx.frozen = frozen
        return frozen.apply(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return ctx.frozen.apply_transposed(gradients[0]), None


class _AdaptedLinear(torch.autograd.Function):
    """Compute x W' + b + s (x A') B' with gradients for x, A and B only: W and b are frozen.

    `parts` are the float32 A and B of the group's layers, named for autograd's sake alone; the products use the copies
    that the group keeps of them.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: _Group, *parts: Tensor) -> Tensor:
        low = x @ group.a.t()
        ctx.save_for_backward(x, low)
        ctx.group = group
        return group.frozen.apply(x).addmm_(low, group.b.t())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, low = ctx.saved_tensors
        group, gy = ctx.group, gradients[0]
        g_low = gy @ group.b
        gx = group.frozen.apply_transposed(gy).addmm_(g_low, group.a) if ctx.needs_input_grad[0] else None
        g_a = (g_low.t() @ x).float().mul_(group.scales).split([up.shape[1] for up in group.ups])
        g_b = _blocks(gy.t() @ low, group.ups)
        return gx, None, *(part for down, up in zip(g_a, g_b, strict=True) for part in (down, up.float()))


def _blocks(matrix: Tensor, ups: Sequence[Tensor]) -> list[Tensor]:
    """Return the views of a block-diagonal matrix's blocks, one for each adapter's B (out, r)."""
    row = column = 0
    views = []
    for up in ups:
        height, width = up.shape
        views.append(matrix[row : row + height, column : column + width])
        row, column = row + height, column + width
    return views


class _RmsNorm(torch.autograd.Function):
    """Root-mean-square norm (arXiv 1910.07467) with a frozen gain; the statistic is float32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor, epsilon: float) -> Tensor:
        wide = x.float()
        scale = torch.linalg.vector_norm(wide, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
        unit = wide.mul_(scale) if wide is not x else wide * scale
        unit = unit.to(x.dtype)
        ctx.save_for_backward(unit, scale, gain)
        return unit * gain

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        unit, scale, gain = ctx.saved_tensors
        g = gradients[0] * gain
        mean = (g * unit).mean(dim=-1, keepdim=True, dtype=torch.float32).neg_().to(g.dtype)
        return torch.addcmul(g, unit, mean).mul_(scale.to(g.dtype)), None, None


class _SwiGlu(torch.autograd.Function):
    """silu(gate) * up on the two halves of one tensor; the silu is computed again in the backward pass."""

    @staticmethod
    def forward(ctx: Any, both: Tensor) -> Tensor:
        ctx.save_for_backward(both)
        gate, up = both.chunk(2, dim=-1)
        return functional.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (both,) = ctx.saved_tensors
        gate, up = both.chunk(2, dim=-1)
        out = torch.empty_like(both)
        g_gate, g_up = out.chunk(2, dim=-1)
        torch.mul(functional.silu(gate), gradients[0], out=g_up)
        torch.ops.aten.silu_backward.grad_input(gradients[0] * up, gate, grad_input=g_gate)
        return out


class _Rotary(torch.autograd.Function):
    """Rotary positions in the half-split layout.

    x is (batch, time, heads, width), cos and sin are (batch, time, 1, width / 2).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _rotate(x, cos, sin)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        cos, sin = ctx.saved_tensors
        return _rotate(gradients[0], cos, -sin), None, None


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    out_first, out_second = out.chunk(2, dim=-1)
    torch.mul(first, cos, out=out_first).addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=out_second).addcmul_(first, sin)
    return out


class _MaskedAttention(torch.autograd.Function):
    """Grouped-query attention of short rows by two batched products; torch's own CPU kernel is slow in backward here.

    q is (batch * kv heads, group * time, width), k and v (batch * kv heads, time, width), mask (batch, time, time).
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float) -> Tensor:
        q = q * scale
        scores = torch.bmm(q, k.transpose(1, 2))
        n, time, _ = mask.shape
        scores.view(n, -1, time, time).add_(mask[:, None])
        share = torch.softmax(scores, dim=-1)
        ctx.save_for_backward(q, k, v, share)
        ctx.scale = scale
        return torch.bmm(share, v)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, share = ctx.saved_tensors
        g_share = torch.bmm(gradients[0], v.transpose(1, 2))
        g_scores = torch.ops.aten._softmax_backward_data(g_share, share, -1, share.dtype)
        g_v = torch.bmm(share.transpose(1, 2), gradients[0])
        return torch.bmm(g_scores, k).mul_(ctx.scale), torch.bmm(g_scores.transpose(1, 2), q), g_v, None, None


class _HeadLoss(torch.autograd.Function):
    """Summed cross entropy of hidden rows with a frozen output matrix; its gradient is made in the same pass.

    Works in chunks of rows, so that no more than `chunk` rows of logits over the vocabulary exist at once.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: _Frozen, targets: Tensor, chunk: int) -> Tensor:
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        gradient = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
        for start in range(0, hidden.shape[0], chunk):
            rows = slice(start, start + chunk)
            logits = head.apply(hidden[rows]).float()
            wanted = targets[rows, None]
            # In place from here on: logits over a vocabulary are what a step spends its memory traffic on.
            logits.sub_(logits.amax(dim=-1, keepdim=True))
            spoken = logits.gather(1, wanted)
            mass = logits.exp_().sum(dim=-1, keepdim=True)
            total += (mass.log() - spoken).sum()
            if gradient is not None:
                logits.div_(mass).scatter_add_(1, wanted, torch.full_like(mass, -1.0))
                gradient[rows] = head.apply_transposed(logits.to(hidden.dtype))
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * gradients[0].to(gradient.dtype), None, None, None


def _apply(function: Any, *inputs: Any) -> Tensor:
    return cast(Tensor, function.apply(*inputs))


class _Group:
    """Linear layers that read the same input, as one frozen matrix plus the adapters' weights side by side.

    `a` (ranks, in) holds the scaled A of each layer, `b` (out, ranks) the B of each as a block on its diagonal, both in
    the precision of the products. They are copies, made once for a step's many products: as steps of autograd's own,
    the same work cost as much as half of the products.
    """

    def __init__(self, layers: Sequence[Any]) -> None:
        bases = [getattr(layer, "base_layer", layer) for layer in layers]
        biases = [base.bias for base in bases]
        bias = None if biases[0] is None else torch.cat([bias.detach() for bias in biases])
        weight = torch.cat([base.weight.detach() for base in bases])
        self.frozen = _Frozen(weight, bias)
        adapted = [layer for layer in layers if hasattr(layer, "lora_A")]
        if adapted and len(adapted) != len(layers):
            raise ValueError("layers that share an input are adapted together or not at all")
        self.downs: list[Tensor] = [layer.lora_A["default"].weight for layer in adapted]
        self.ups: list[Tensor] = [layer.lora_B["default"].weight for layer in adapted]
        self.parts = [part for pair in zip(self.downs, self.ups, strict=True) for part in pair]
        ranks = [up.shape[1] for up in self.ups]
        scales = [float(layer.scaling["default"]) for layer in adapted]
        self.scales = torch.tensor(scales).repeat_interleave(torch.tensor(ranks, dtype=torch.long))[:, None]
        self.scales = self.scales.to(weight.device)
        self.a = weight.new_zeros((sum(ranks), weight.shape[1]))
        self.b = weight.new_zeros((weight.shape[0], sum(ranks)))
        self.refresh()

    def refresh(self) -> None:
        """Copy the adapters' weights as they are now."""
        if self.downs:
            with torch.no_grad():
                self.a.copy_(torch.cat(self.downs).mul_(self.scales))
                torch._foreach_copy_(_blocks(self.b, self.ups), self.ups)

    def __call__(self, x: Tensor) -> Tensor:
        if not self.downs:
            return _apply(_FrozenLinear, x, self.frozen)
        return _apply(_AdaptedLinear, x, self, *self.parts)


class _Layer:
    """One decoder layer read out of a transformers module."""

    def __init__(self, module: Any, config: Any) -> None:
        attention, mlp = module.self_attn, module.mlp
        self.qkv = _Group([attention.q_proj, attention.k_proj, attention.v_proj])
        self.out = _Group([attention.o_proj])
        self.gate_up = _Group([mlp.gate_proj, mlp.up_proj])
        self.down = _Group([mlp.down_proj])
        self.norms = (module.input_layernorm.weight.detach(), module.post_attention_layernorm.weight.detach())
        self.epsilon = float(config.rms_norm_eps)
        self.n_heads, self.n_kv = int(config.num_attention_heads), int(config.num_key_value_heads)
        self.width = int(getattr(config, "head_dim", None) or config.hidden_size // self.n_heads)

    def attend(self, x: Tensor, shape: tuple[int, int], rope: tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
        """Return the heads' outputs, (batch * time, heads * width), before the output projection."""
        n, time = shape
        group = self.n_heads // self.n_kv
        qkv = self.qkv(_apply(_RmsNorm, x, self.norms[0], self.epsilon)).view(n, time, -1, self.width)
        turned = _apply(_Rotary, qkv[:, :, : self.n_heads + self.n_kv], *rope)
        q = turned[:, :, : self.n_heads].view(n, time, self.n_kv, group, self.width).permute(0, 2, 3, 1, 4)
        k = turned[:, :, self.n_heads :].transpose(1, 2).reshape(n * self.n_kv, time, self.width)
        v = qkv[:, :, self.n_heads + self.n_kv :].transpose(1, 2).reshape(n * self.n_kv, time, self.width)
        q = q.reshape(n * self.n_kv, group * time, self.width)
        mixed = _apply(_MaskedAttention, q, k, v, mask, self.width**-0.5)
        mixed = mixed.view(n, self.n_kv, group, time, self.width).permute(0, 3, 1, 2, 4)
        return mixed.reshape(n * time, self.n_heads * self.width)

    def finish(self, x: Tensor, heads: Tensor) -> Tensor:
        """Add the attention's output and the feed-forward part to the residual stream, row by row."""
        x = x + self.out(heads)
        return x + self.down(_apply(_SwiGlu, self.gate_up(_apply(_RmsNorm, x, self.norms[1], self.epsilon))))


class Backbone:
    """A fast view of a peft model of a known architecture; shares its adapter's parameters."""

    def __init__(self, model: Any, chunk: int = 128) -> None:
        """Read the weights of `model` (a peft model with the adapter named default, without dropout)."""
        causal = model.get_base_model()
        config, inner = causal.config, causal.model
        if config.model_type not in KNOWN_ARCHITECTURES:
            raise ValueError(f"no fast forward pass for the architecture {config.model_type!r}")
        self.embedding = inner.embed_tokens.weight.detach()
        self.layers = [_Layer(module, config) for module in inner.layers]
        self.norm, self.epsilon = inner.norm.weight.detach(), float(config.rms_norm_eps)
        self.head = _Frozen(causal.lm_head.weight.detach())
        self.rotary: nn.Module = inner.rotary_emb
        self.chunk = chunk

    def refresh(self) -> None:
        """Take up the adapter's weights as they are now; without it, they are those of the last time."""
        for layer in self.layers:
            for group in (layer.qkv, layer.out, layer.gate_up, layer.down):
                group.refresh()

    def loss(self, batch: Batch) -> Tensor:
        """Return the summed cross entropy of a batch's targets."""
        shape = batch.ids.shape
        x = functional.embedding(batch.ids.reshape(-1), self.embedding)
        rope, mask = self._rope(x, batch.positions), batch.mask(x.dtype)
        for layer in self.layers[:-1]:
            x = layer.finish(x, layer.attend(x, shape, rope, mask))
        heads = self.layers[-1].attend(x, shape, rope, mask)
        x = self.layers[-1].finish(x[batch.chosen], heads[batch.chosen])
        hidden = _apply(_RmsNorm, x, self.norm, self.epsilon)
        return _apply(_HeadLoss, hidden, self.head, batch.targets, self.chunk)

    def _rope(self, x: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        cos, sin = self.rotary(x, positions)
        half = cos.shape[-1] // 2
        return cos[:, :, None, :half], sin[:, :, None, :half]
