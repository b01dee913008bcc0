"""Work beside the requests: workers that grade the agents of a challenge, one after the other."""
