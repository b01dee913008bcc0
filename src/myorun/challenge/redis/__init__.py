"""The Redis interface of the 2017 challenge: an agent pushes commands into a list, a service answers each."""
