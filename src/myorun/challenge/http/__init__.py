"""A challenge over HTTP: the interface of 2017, ours, and the site."""
