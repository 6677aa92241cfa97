"""Simulated people and their sessions: wording bank, agenda user, session runner, collection, metrics, evaluation.

Enter at `stage.build_stage`, `collect.collect` and `evaluate`. Nothing here trains, and no agent sees a hidden target.
"""
