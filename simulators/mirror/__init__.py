"""Mirrored worlds: one seeded structure of films, people, towns and companies under two namings, and questions of it.

Enter at `MirrorEnvironment.load(name)` (`mirror`, `mirror-renamed`, with `:SIZE:SEED` behind either) or `MirrorWorld`.
Nothing here searches or asks a model; a naming never changes what is asked.
"""

from stillroom.simulators.mirror.chance import chance_of
from stillroom.simulators.mirror.environment import STYLES, MirrorEnvironment
from stillroom.simulators.mirror.naming import Style
from stillroom.simulators.mirror.world import KINDS, MirrorWorld, draw_questions

__all__ = ["KINDS", "STYLES", "MirrorEnvironment", "MirrorWorld", "Style", "chance_of", "draw_questions"]
