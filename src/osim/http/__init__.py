"""The HTTP client of 2017, under its old name."""
