"""The play-off: agents in containers, graded on hidden courses without a way out."""
