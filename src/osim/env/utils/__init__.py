"""Helpers under their names of 2017."""
