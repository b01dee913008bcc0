"""The pages of a challenge: rendered here, readable without JavaScript."""
