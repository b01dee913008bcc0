"""The Redis client and service of 2017, under their old names."""
