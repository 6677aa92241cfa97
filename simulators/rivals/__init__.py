"""Rivals: other people's ways to recommend, put in an agent's seat, so that one harness measures all.

Enter at `load.rival_seat(name, stage)`. A rival gets what an agent gets (history, commands, what was shown), and keeps
no state of its own: what it remembers of a session stands in its Memory. Nothing here sees a hidden target.
"""
