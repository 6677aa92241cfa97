"""What agents act with: the feed tools of DESIGN 5, vectorised over the whole catalogue.

Enter at `toolbox.run_tool` (one call) or `toolbox.run_plan` (a plan); `condition.check_constraint` is the truth.
Nothing here talks to a model or keeps anything between turns.
"""

from stillroom.tools.call import ToolCall, ToolError, ToolOutcome
from stillroom.tools.feed import Feed, FeedItem, anchors
from stillroom.tools.state import ToolContext, ToolState, ToolStep, UserProfile
from stillroom.tools.toolbox import PlanRun, ToolConfig, ToolSpec, run_plan, run_tool

__all__ = [
    "Feed",
    "FeedItem",
    "PlanRun",
    "ToolCall",
    "ToolContext",
    "ToolError",
    "ToolOutcome",
    "ToolSpec",
    "ToolState",
    "ToolStep",
    "ToolConfig",
    "UserProfile",
    "anchors",
    "run_plan",
    "run_tool",
]
