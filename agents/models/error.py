"""The one exception of models: a model that cannot be had or cannot answer."""

from __future__ import annotations


class ModelError(RuntimeError):
    """A model that cannot be loaded or asked; the message is one sentence for the person who named it."""
