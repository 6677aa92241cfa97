"""Task environments: questions with known answers, the tools that may help, and a scorer without a paid judge.

Enter at `load_environment(name)`; an environment gives tasks by split, the passages that may be searched, and scores.
Nothing here asks a model anything; a test split is never trained on.
"""

from stillroom.simulators.tasks.load import ENVIRONMENTS, load_environment
from stillroom.simulators.tasks.task import CORRECT, Part, Task, TaskEnvironment, TaskError

__all__ = ["CORRECT", "ENVIRONMENTS", "Part", "Task", "TaskEnvironment", "TaskError", "load_environment"]
