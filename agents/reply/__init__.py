"""What the agent says after a turn, made by code out of the turn's state and the catalogue's facts.

Enter at `reply_to`; `describe_all` and `describe_constraint` put preferences in words for everybody. Nothing here asks
a model or changes what is remembered or shown.
"""

from stillroom.agents.reply.describe import describe_all, describe_constraint
from stillroom.agents.reply.respond import reply_to

__all__ = ["describe_all", "describe_constraint", "reply_to"]
