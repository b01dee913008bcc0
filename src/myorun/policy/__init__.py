"""Policies: what they see and remember, how they decide, and how they are kept on disk. Needs NumPy only."""
