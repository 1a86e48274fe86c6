"""What can be done to a case, as verbs.

Each runs in a unit of work of its own and goes through the engine.
"""
