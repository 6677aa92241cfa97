"""Stillroom: steer a recommendation feed in plain language, and distil the agent that does it."""

__version__ = "0.1.0"
