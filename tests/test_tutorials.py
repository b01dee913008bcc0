"""The tutorials run, and their pages and notebooks are made from them."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "tutorials"
EXAMPLES = ROOT / "examples"

_spec = importlib.util.spec_from_file_location("tutorials", ROOT / "scripts" / "tutorials.py")
assert _spec is not None
assert _spec.loader is not None
tutorials = importlib.util.module_from_spec(_spec)
sys.modules["tutorials"] = tutorials
_spec.loader.exec_module(tutorials)


def ran(name: str, folder: Path, **changes: str) -> str:
    """What a tutorial prints, run as a script in an empty folder, with some of its lines replaced."""
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    for old, new in changes.items():
        text, count = re.subn(rf"^{old} = .*$", f"{old} = {new}", text, flags=re.MULTILINE)
        assert count == 1, old
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{_AGG}\n{text}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


_AGG = "import matplotlib; matplotlib.use('agg')"


def test_hello_human_runs_and_draws(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    told = ran("hello_human", tmp_path)
    assert (tmp_path / "hello_human_muscles.png").exists()
    assert (tmp_path / "hello_human_jump.png").exists()
    knee = {line.split()[0]: float(line.split()[4].rstrip("°")) for line in told.splitlines() if "  knee " in line}
    assert len(knee) == 9
    assert knee["vasti_r"] > 10 > -10 > knee["hamstrings_r"], "what anatomy books say"
    assert knee["glut_max_r"] > 10, "as the tutorial says of a muscle that does not cross the knee"


@pytest.mark.slow
def test_first_runner_trains_scores_and_says_how_to_watch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("matplotlib")
    told = ran("first_runner", tmp_path, MINUTES="0.05")
    assert "flat ground:" in told
    assert "myorun run --policy runs/first/best" in told
    assert (tmp_path / "runs" / "first" / "best" / "policy.toml").exists()
    assert (tmp_path / "first_runner.png").exists()


@pytest.mark.slow
def test_weak_calf_compares_gaits(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("scipy")
    told = ran("weak_calf", tmp_path)
    row = next(line.split() for line in told.splitlines() if line.startswith("speed"))
    assert float(row[4]) < float(row[1]), "weak calves are slower"
    assert (tmp_path / "weak_calf.png").exists()


@pytest.mark.parametrize("name", tutorials.TUTORIALS)
def test_page_and_notebook_are_those_of_the_script(name: str) -> None:
    cells = tutorials.cells_of(EXAMPLES / f"{name}.py")
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert [cell.kind for cell in cells].count("code") >= 4
    place = 0
    for cell in cells:
        place = page.find(cell.text, place)
        assert place >= 0, f"run: python scripts/tutorials.py {name}\n{cell.text}"
    assert (PAGES / f"{name}.ipynb").read_text(encoding="utf-8") == tutorials.notebook_of(cells)


@pytest.mark.parametrize("name", tutorials.TUTORIALS)
def test_a_notebook_holds_the_code_of_the_script(name: str) -> None:
    notebook = json.loads((PAGES / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = "\n\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    script = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    lines = [line for line in script.splitlines() if line.strip() and not line.startswith("#")]
    assert [line for line in code.splitlines() if line.strip() and not line.startswith("#")] == lines
    assert notebook["nbformat"] == 4
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


@pytest.mark.parametrize("name", tutorials.TUTORIALS)
def test_every_figure_of_a_page_is_one_that_its_script_draws(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    shown = re.findall(rf"images/(tutorial-{name}-\d+\.png)", page)
    kept = sorted(file.name for file in (ROOT / "docs" / "images").glob(f"tutorial-{name}-*.png"))
    assert sorted(shown) == kept
