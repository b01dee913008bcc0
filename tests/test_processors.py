"""Processors are counted as this process may use them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be bound to processors here")
def test_a_process_that_is_bound_to_one_has_one() -> None:
    code = (
        f"import os, sys; sys.path[:] = {sys.path!r}; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); "
        "from myorun.processors import available_processors; print(available_processors())"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"
