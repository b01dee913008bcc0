"""Learning to run: one algorithm setting a file. Needs the extra ``train``; see ``docs/training.md``."""
