"""Learning to run: one algorithm setting a file."""
