"""How many processors there are for us: :func:`available_processors`."""

from __future__ import annotations

import os


def available_processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
