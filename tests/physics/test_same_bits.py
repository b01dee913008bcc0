"""The same bits twice, in another process, on every instruction set, alone and in a batch."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from myorun.physics import BatchSimulator, Simulator, instruction_sets


def run(isa: str, precision: Any = None) -> str:
    """A digest of states and quantities of half a second over two obstacles; a batch if a precision is given."""
    rng, digest = np.random.default_rng(11), hashlib.sha256()
    balls, strengths = [(0.15, 0.0, 0.08), (0.4, -0.02, 0.12)], np.linspace(0.6, 1.0, 18)
    if precision is None:
        s: Any = Simulator(instruction_set=isa)
        s.set_course(obstacles=balls, strengths=strengths)
    else:
        s = BatchSimulator(1, precision=precision, instruction_set=isa)
        s.set_courses(obstacles=[balls], strengths=strengths[None])
    for _ in range(50):
        excitations = rng.random(18)
        s.step(excitations if precision is None else excitations[None])
        for name in s.layout:
            digest.update(np.ascontiguousarray(s.get(name)).tobytes())
    return digest.hexdigest()


def run_elsewhere(isa: str, precision: Any = None) -> str:
    here = Path(__file__)
    code = (
        f"import sys; sys.path[:] = {[*filter(None, sys.path), str(here.parent)]!r}; "
        f"import {here.stem}; print({here.stem}.run({isa!r}, {precision!r}))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "123", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


@pytest.mark.parametrize("isa", instruction_sets())
def test_another_process_on_any_instruction_set_gives_the_same_bits(isa: str) -> None:
    assert run_elsewhere(isa) == run(instruction_sets()[-1])


def test_the_same_run_twice_gives_the_same_bits() -> None:
    isa = instruction_sets()[-1]
    assert run(isa) == run(isa)


def test_another_excitation_gives_other_bits() -> None:
    """The digest does look."""
    s, other = Simulator(), Simulator()
    s.step(np.full(18, 0.5))
    other.step(np.full(18, 0.5 + 1e-9))
    assert s.coordinates.tobytes() != other.coordinates.tobytes()


def test_a_batch_in_float64_gives_the_bits_of_a_single_human() -> None:
    assert run(instruction_sets()[0], "float64") == run(instruction_sets()[0])


@pytest.mark.parametrize("isa", instruction_sets())
def test_float32_gives_the_same_bits_in_another_process_on_the_same_instruction_set(isa: str) -> None:
    assert run_elsewhere(isa, "float32") == run(isa, "float32")
