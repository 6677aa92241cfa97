"""The passes are run by TorchScript on the versions that we support, and are the same function without it."""

from __future__ import annotations

import torch

from stillroom.distill import passes


def test_the_passes_are_compiled() -> None:
    for name in ("product", "adapt", "adapt_back", "attend", "attend_back", "head_loss", "loss_and_gradients"):
        assert isinstance(getattr(passes, name), torch.jit.ScriptFunction), name


def test_what_cannot_be_compiled_is_left_as_it_is() -> None:
    def reads_a_file(x: torch.Tensor) -> torch.Tensor:
        with open("/dev/null", encoding="utf-8"):
            return x

    assert passes.script(reads_a_file) is reads_a_file


def test_rotation_is_undone_by_its_negative() -> None:
    torch.manual_seed(0)
    x, angle = torch.randn(2, 5, 3, 8), torch.rand(2, 5, 1, 4)
    turned = passes.rotate(x, angle.cos(), angle.sin())
    assert not torch.allclose(turned, x)
    torch.testing.assert_close(passes.rotate(turned, angle.cos(), -angle.sin()), x)
