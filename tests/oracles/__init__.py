"""Closed forms and independent second roads, each with tests of its own; nothing here calls the core."""
