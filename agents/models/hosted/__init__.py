"""Models that somebody else hosts, behind any LangChain provider: enter at `provider.open_hosted`.

Every call is limited, counted, paid for under a ceiling, tried again where that helps, and kept; nothing here knows
the graphs, and nothing beneath tries again on its own.
"""

from stillroom.agents.models.hosted.account import Account, CeilingError
from stillroom.agents.models.hosted.hosting import Hosting
from stillroom.agents.models.hosted.model import HostedModel

__all__ = ["Account", "CeilingError", "HostedModel", "Hosting"]
