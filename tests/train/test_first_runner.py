"""The tutorial does what it says, in a shortened form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("tensorboard")

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "first_runner.py"


def test_the_tutorial_trains_scores_and_says_how_to_watch(tmp_path: Path) -> None:
    out = tmp_path / "first"
    short = ["--minutes", "0.05", "--out", str(out), "--set", "runners=16", "--set", "minibatch=64"]
    done = subprocess.run([sys.executable, str(SCRIPT), *short], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "flat ground:" in done.stdout and f"myorun run --policy {out / 'best'}" in done.stdout
    assert (out / "best" / "policy.toml").exists()
