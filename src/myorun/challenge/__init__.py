"""A challenge: hidden courses, submissions, a ledger, a leaderboard."""
