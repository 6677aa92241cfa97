"""The feed graph and what sits in it: Parser, Planner, prompts, wire formats and chat models.

Enter at `feed_graph.build_feed_graph` and `models.load_model`. Nothing here knows a simulated user, but for the oracle
that the expert reads.
"""
