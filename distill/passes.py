"""The forward and backward pass of a LoRA on a Llama-like model, as one function of tensors that needs no interpreter.

`loss_and_gradients` is written out by hand, both ways, so that TorchScript can run it without Python: two threads that
each have a share of a batch then never wait for the interpreter's lock, which took a third of a step before. Where
TorchScript is not to be had the same functions run as plain Python, only slower. backbone.py reads a model into the
lists that they take.

Shapes: a batch of groups (groups, time) is N = groups * time tokens; x is (N, hidden). Everything but the adapters' A
and B is frozen. Imports torch only: this file travels with a training folder.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def script(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function with TorchScript where that is possible; else return it as it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            compiled: Callable[..., Any] = torch.jit.script(function)
            return compiled
    except (RuntimeError, AttributeError, NotImplementedError):
        return function


@script
def product(x: Tensor, weight: Tensor, bias: Tensor, packed: bool) -> Tensor:
    """Return x W' + b, (N, out), of a weight (out, in), laid out for oneDNN where `packed`; an empty bias is none."""
    if packed:
        out: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias if bias.numel() > 0 else None, "none", [], "")
        return out
    return torch.nn.functional.linear(x, weight, bias if bias.numel() > 0 else None)


@script
def adapt(x: Tensor, weight: Tensor, bias: Tensor, a: Tensor, b: Tensor, packed: bool) -> tuple[Tensor, Tensor]:
    """Return x W' + b + (x A') B' and x A'; an empty A (ranks, in) is no adapter."""
    out = product(x, weight, bias, packed)
    low = torch.mm(x, a.t())
    if a.numel() > 0:
        out.addmm_(low, b.t())
    return out, low


@script
def adapt_back(
    g: Tensor, x: Tensor, low: Tensor, transposed: Tensor, a: Tensor, b: Tensor, packed: bool, for_x: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of x (if wanted), A and B for a gradient of `adapt`'s output."""
    g_low = torch.mm(g, b)
    g_x = g_low
    if for_x:
        g_x = product(g, transposed, torch.empty(0, dtype=g.dtype, device=g.device), packed).addmm_(g_low, a)
    return g_x, torch.mm(g_low.t(), x), torch.mm(low.t(), g)


@script
def norm(x: Tensor, gain: Tensor, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the root-mean-square norm (arXiv 1910.07467) of x with its gain and without, and 1 / rms in float32."""
    wide = x.float()
    scale = torch.linalg.vector_norm(wide, 2, [-1], True).square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
    unit = (wide * scale).to(x.dtype)
    return unit * gain, unit, scale


@script
def norm_back(g: Tensor, gain: Tensor, unit: Tensor, scale: Tensor) -> Tensor:
    """Return the gradient of x for a gradient of `norm`'s first output."""
    g = g * gain
    mean = (g * unit).mean([-1], True, dtype=torch.float32).neg_().to(g.dtype)
    return torch.addcmul(g, unit, mean).mul_(scale.to(g.dtype))


@script
def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn x (groups, time, heads, width) by rotary positions in the half-split layout; cos, sin (.., 1, width / 2)."""
    first, second = x.chunk(2, dim=-1)
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    out_first, out_second = out.chunk(2, dim=-1)
    torch.mul(first, cos, out=out_first)
    out_first.addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=out_second)
    out_second.addcmul_(first, sin)
    return out


@script
def attend(
    qkv: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, heads: int, kv_heads: int, width: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return grouped-query attention (N, heads * width) of qkv (N, ..), and the scaled q, k, v and shares it used.

    By two batched products: torch's own kernel is slow in backward on a CPU. mask is (groups, time, time); q is
    (groups * kv heads, heads / kv heads * time, width), k and v are (groups * kv heads, time, width).
    """
    n, time = mask.shape[0], mask.shape[1]
    each = qkv.view(n, time, -1, width)
    turned = rotate(each[:, :, : heads + kv_heads], cos, sin)
    q = turned[:, :, :heads].view(n, time, kv_heads, heads // kv_heads, width).permute(0, 2, 3, 1, 4)
    q = q.reshape(n * kv_heads, -1, width).mul_(width**-0.5)
    k = turned[:, :, heads:].transpose(1, 2).reshape(n * kv_heads, time, width)
    v = each[:, :, heads + kv_heads :].transpose(1, 2).reshape(n * kv_heads, time, width)
    scores = torch.bmm(q, k.transpose(1, 2))
    scores.view(n, -1, time, time).add_(mask[:, None])
    share = torch.softmax(scores, -1)
    mixed = torch.bmm(share, v).view(n, kv_heads, heads // kv_heads, time, width).permute(0, 3, 1, 2, 4)
    return mixed.reshape(n * time, heads * width), q, k, v, share


@script
def attend_back(
    g: Tensor, q: Tensor, k: Tensor, v: Tensor, share: Tensor, cos: Tensor, sin: Tensor, heads: int, kv_heads: int
) -> Tensor:
    """Return the gradient of qkv (N, ..) for a gradient of `attend`'s first output."""
    n, time, width = k.shape[0] // kv_heads, k.shape[1], k.shape[2]
    g = g.view(n, time, kv_heads, heads // kv_heads, width).permute(0, 2, 3, 1, 4).reshape(n * kv_heads, -1, width)
    g_share = torch.bmm(g, v.transpose(1, 2))
    g_scores = torch.ops.aten._softmax_backward_data(g_share, share, -1, share.dtype)
    g_v = torch.bmm(share.transpose(1, 2), g).view(n, kv_heads, time, width).transpose(1, 2)
    g_q = torch.bmm(g_scores, k).mul_(width**-0.5).view(n, kv_heads, heads // kv_heads, time, width)
    g_k = torch.bmm(g_scores.transpose(1, 2), q).view(n, kv_heads, time, width).transpose(1, 2)
    turned = torch.cat([g_q.permute(0, 3, 1, 2, 4).reshape(n, time, heads, width), g_k], dim=2)
    return torch.cat([rotate(turned, cos, -sin), g_v], dim=2).view(n * time, -1)


@script
def swiglu_back(g: Tensor, both: Tensor, active: Tensor) -> Tensor:
    """Return the gradient of `both` for a gradient of silu(gate) * up, its two halves; `active` is silu(gate)."""
    gate, up = both.chunk(2, dim=-1)
    out = torch.empty_like(both)
    g_gate, g_up = out.chunk(2, dim=-1)
    torch.mul(active, g, out=g_up)
    torch.ops.aten.silu_backward(g * up, gate, grad_input=g_gate)
    return out


@script
def head_loss(
    hidden: Tensor, head: Tensor, transposed: Tensor, targets: Tensor, chunk: int, packed: bool, learn: bool
) -> tuple[Tensor, Tensor]:
    """Return the summed cross entropy of hidden rows (k, hidden) with an output matrix, and its gradient (if wanted).

    Works in chunks of rows, so that no more than `chunk` rows of logits over the vocabulary exist at once.
    """
    none = torch.empty(0, dtype=hidden.dtype, device=hidden.device)
    total = torch.zeros((), dtype=torch.float32, device=hidden.device)
    gradient = torch.empty_like(hidden)
    for start in range(0, hidden.shape[0], chunk):
        logits = product(hidden[start : start + chunk], head, none, packed).float()
        wanted = targets[start : start + chunk, None]
        # In place from here on: logits over a vocabulary are what a step spends its memory traffic on.
        logits.sub_(logits.amax([-1], True))
        spoken = logits.gather(1, wanted)
        mass = logits.exp_().sum([-1], True)
        total += (mass.log() - spoken).sum()
        if learn:
            logits.div_(mass).scatter_add_(1, wanted, torch.full_like(mass, -1.0))
            gradient[start : start + chunk] = product(logits.to(hidden.dtype), transposed, none, packed)
    return total, gradient


@script
def loss_and_gradients(
    x: Tensor,
    cos: Tensor,
    sin: Tensor,
    mask: Tensor,
    chosen: Tensor,
    targets: Tensor,
    weights: list[Tensor],
    transposed: list[Tensor],
    biases: list[Tensor],
    gains: list[Tensor],
    a: list[Tensor],
    b: list[Tensor],
    heads: int,
    kv_heads: int,
    width: int,
    epsilon: float,
    chunk: int,
    packed: bool,
    first: int,
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Return the summed cross entropy of `targets` (k,) at the rows `chosen` (k,), and its gradients.

    Of a layer, `weights`, `transposed`, `biases`, `a` and `b` hold four each (query-key-value, output, gate-up, down)
    and `gains` two; after the last layer they hold the output matrix and the last norm's gain. Gradients are those of
    A and of B transposed, of the layers from `first` on, last layer's first and each layer's four in backward order;
    there are none when `first` is the number of layers.
    """
    n_layers = len(a) // 4
    learn = first < n_layers
    saved: list[list[Tensor]] = []
    for layer in range(n_layers):
        at, is_last = 4 * layer, layer == n_layers - 1
        h, unit, scale = norm(x, gains[2 * layer], epsilon)
        qkv, low = adapt(h, weights[at], biases[at], a[at], b[at], packed)
        mixed, q, k, v, share = attend(qkv, cos, sin, mask, heads, kv_heads, width)
        # Past the last attention only the positions that carry loss are computed.
        if is_last:
            x, mixed = x[chosen], mixed[chosen]
        out, low_out = adapt(mixed, weights[at + 1], biases[at + 1], a[at + 1], b[at + 1], packed)
        x = out.add_(x)
        h_mlp, unit_mlp, scale_mlp = norm(x, gains[2 * layer + 1], epsilon)
        both, low_both = adapt(h_mlp, weights[at + 2], biases[at + 2], a[at + 2], b[at + 2], packed)
        gate, up = both.chunk(2, dim=-1)
        active = torch.nn.functional.silu(gate)
        inner = active * up
        down, low_down = adapt(inner, weights[at + 3], biases[at + 3], a[at + 3], b[at + 3], packed)
        x = down.add_(x)
        if layer >= first:
            attention = [h, unit, scale, low, q, k, v, share, mixed, low_out]
            saved.append(attention + [h_mlp, unit_mlp, scale_mlp, low_both, both, active, inner, low_down])
    h, unit, scale = norm(x, gains[2 * n_layers], epsilon)
    loss, g = head_loss(h, weights[4 * n_layers], transposed[4 * n_layers], targets, chunk, packed, learn)
    g_a: list[Tensor] = []
    g_b: list[Tensor] = []
    if learn:
        g = norm_back(g, gains[2 * n_layers], unit, scale)
    for back in range(n_layers - first):
        layer = n_layers - 1 - back
        at, kept = 4 * layer, saved.pop()
        g_x, down_a, down_b = adapt_back(g, kept[16], kept[17], transposed[at + 3], a[at + 3], b[at + 3], packed, True)
        g_x = swiglu_back(g_x, kept[14], kept[15])
        g_x, both_a, both_b = adapt_back(
            g_x, kept[10], kept[13], transposed[at + 2], a[at + 2], b[at + 2], packed, True
        )
        g = norm_back(g_x, gains[2 * layer + 1], kept[11], kept[12]).add_(g)
        g_x, out_a, out_b = adapt_back(g, kept[8], kept[9], transposed[at + 1], a[at + 1], b[at + 1], packed, True)
        if back == 0:
            some, g_some = g, g_x
            g = torch.zeros([kept[0].shape[0], some.shape[1]], dtype=some.dtype, device=some.device)
            g_x = torch.zeros([kept[0].shape[0], g_some.shape[1]], dtype=some.dtype, device=some.device)
            g[chosen], g_x[chosen] = some, g_some
        g_x = attend_back(g_x, kept[4], kept[5], kept[6], kept[7], cos, sin, heads, kv_heads)
        g_x, qkv_a, qkv_b = adapt_back(g_x, kept[0], kept[3], transposed[at], a[at], b[at], packed, layer > first)
        if layer > first:
            g = norm_back(g_x, gains[2 * layer], kept[1], kept[2]).add_(g)
        g_a += [down_a, both_a, out_a, qkv_a]
        g_b += [down_b, both_b, out_b, qkv_b]
    return loss, g_a, g_b
