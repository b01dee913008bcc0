"""docs/files.md is true: its commands run, its Python runs in OpenSim, its columns are in the files."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from myorun.cli import main
from myorun.trajectory.storage import read_storage

pytest.importorskip("opensim")
pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def call(line: str) -> None:
    """A line of the page, which must succeed."""
    with pytest.raises(SystemExit) as leaving:
        main(line.removeprefix("myorun ").split())
    assert not leaving.value.code, line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all commands of the page were run, one after the other."""
    folder, before = tmp_path_factory.mktemp("page"), Path.cwd()
    os.chdir(folder)
    try:
        assert COMMANDS[0] == "myorun run --seed 3 --save run.npz"
        call(f"{COMMANDS[0]} --steps 60 --video film.gif")
        call(COMMANDS[1])
        shutil.copy("run/run_coordinates.mot", "ik.mot")
        call("myorun model export human my_human.osim")
        for line in COMMANDS[2:]:
            call(line)
    finally:
        os.chdir(before)
    return folder


def test_the_folder_holds_the_files_of_the_first_table(folder: Path) -> None:
    assert {f"`{file.name}`" for file in (folder / "run").iterdir()} == set(re.findall(r"`run[_.][a-z_.]+`", PAGE))
    assert (folder / "ik.npz").exists()
    assert (folder / "back.npz").exists()


def test_the_table_of_arrays_is_the_file(folder: Path) -> None:
    table = PAGE.partition("## .npz")[2].partition("## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(np.load(folder / "run.npz").files)


def test_the_python_runs_in_opensim(folder: Path) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", snippet], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ours = read_storage(folder / "run/run_forces.sto").column("soleus_r")[50]
    assert float(done.stdout.splitlines()[-1]) == pytest.approx(ours, rel=1e-9)


def test_columns_are_called_as_the_page_calls_them(folder: Path) -> None:
    loads = read_storage(folder / "run/run_loads.mot").labels
    for name in ("ground_force_r_vx", "ground_force_r_px", "ground_torque_r_x", "obstacle_force_r_vx"):
        assert name in loads
    with (folder / "run/run.csv").open() as stream:
        header = set(next(csv.reader(stream)))
    parts = re.findall(r"`(?:<\w+>)?(\.\w+)`", PAGE.partition("## .csv")[2].partition("Units")[0])
    assert len(parts) > 10
    assert all(any(label.endswith(part) for label in header) for part in parts)
