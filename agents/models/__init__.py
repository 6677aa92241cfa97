"""Chat models of every kind behind one name: enter at `load_model`.

All are LangChain chat models with a `prompt_profile`; nothing here knows the graphs or how a student was made.
"""

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.load import load_model

__all__ = ["ModelError", "load_model"]
