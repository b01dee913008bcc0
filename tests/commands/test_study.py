"""The command and its files; and what it says of input that is no gait."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")

from gait.synthetic import Runner
from myorun.cli import app
from myorun.commands.study import bins_from, motion_from
from myorun.course import Course, Obstacle
from myorun.errors import UsageError
from myorun.gait import analyse, motion_of
from myorun.run import run_episode
from myorun.trajectory import Trajectory, load_trajectory, save_trajectory


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("gait")
    save_trajectory(run_episode("reflex", difficulty=0).trajectory, place / "walk.npz")
    return place


@pytest.fixture(scope="module")
def walk(folder: Path) -> Trajectory:
    return load_trajectory(folder / "walk.npz")


def run(*words: object) -> str:
    done = CliRunner().invoke(app, ["gait", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_prints_and_writes_everything(folder: Path) -> None:
    out = {suffix: folder / f"out.{suffix}" for suffix in ("json", "csv", "html", "png")}
    text = run(
        folder / "walk.npz", "--json", out["json"], "--csv", out["csv"], "--html", out["html"], "--figure", out["png"]
    )
    assert "duty factor" in text and "It walks" in text
    data = json.loads(out["json"].read_text())["gaits"][0]
    rows = list(csv.DictReader(out["csv"].read_text().splitlines()))
    assert {r["measure"] for r in rows} == set(data["measures"])
    assert float(rows[0]["value"]) == data["measures"]["speed"]["value"]
    curves = list(csv.DictReader((folder / "out-curves.csv").read_text().splitlines()))
    assert len([r for r in curves if r["curve"] == "knee" and r["side"] == "both"]) == 101
    drawn = list(csv.DictReader((folder / "out-muscle-curves.csv").read_text().splitlines()))
    soleus = [float(r["mean"]) for r in drawn if (r["muscle"], r["quantity"]) == ("soleus_r", "fiber_length")]
    assert soleus == data["muscle_curves"]["fiber_length"]["soleus_r"]["mean"]
    compared = {r["curve"]: r for r in csv.DictReader((folder / "out-comparisons.csv").read_text().splitlines())}
    assert float(compared["knee"]["rms_difference"]) == data["comparisons"]["knee"]["rms_difference"]
    assert out["png"].read_bytes().startswith(b"\x89PNG")


def test_the_report_asks_nothing_of_the_network(folder: Path) -> None:
    run(folder / "walk.npz", "--html", folder / "alone.html")
    page = (folder / "alone.html").read_text()
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    assert "default-src 'none'" in page
    assert "url(http" not in page


def test_names_are_escaped_in_the_report(walk: Trajectory, folder: Path) -> None:
    from myorun.gait import html_report

    page = html_report([analyse(motion_of(walk, name="<script>alert(1)</script>"))])
    assert "<script>alert(1)" not in page


def test_the_same_gait_gives_the_same_figure(walk: Trajectory, tmp_path: Path) -> None:
    from myorun.gait.figures import overview_figure
    from myorun.gait.style import save_figure

    first, second = (save_figure(overview_figure(analyse(walk)), tmp_path / f"{k}.svg") for k in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_many_gaits_stand_in_columns_of_score(walk: Trajectory) -> None:
    from myorun.gait.figures import kinematics_figure

    scored = [replace(walk, facts=replace(walk.facts, score=score)) for score in (3.0, 20.0, 21.0, 40.0)]
    figure = kinematics_figure([analyse(w) for w in scored], (15.0, 35.0))
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert [title.split("\n") for title in titles] == [
        ["score below 15", "1 gait"],
        ["score 15 to 35", "2 gaits"],
        ["score 35 and more", "1 gait"],
    ]


def test_a_controller_by_name_runs_first() -> None:
    assert motion_from("reflex").record is not None


# ---------------------------------------------------------------- no gait


def cut(walk: Trajectory, start: int, end: int) -> Trajectory:
    per_state = {
        name: getattr(walk, name)[start:end]
        for name in (
            *("times", "coordinates", "speeds", "activations", "fiber_lengths", "tendon_forces"),
            *("body_positions", "body_angles", "contact_forces", "obstacle_forces"),
        )
    }
    return replace(walk, excitations=walk.excitations[start : end - 1], **per_state)


def test_a_fall_is_called_a_fall() -> None:
    fall = run_episode("zero", difficulty=0).trajectory
    assert fall.facts.fallen
    with pytest.raises(UsageError, match=r"It falls after \d\.\d\d s"):
        analyse(fall)


def test_standing_still_is_no_gait() -> None:
    runner = Runner()
    still = runner.motion()
    assert still.forces is not None
    forces = np.zeros_like(still.forces)
    forces[..., 1] = 350.0
    with pytest.raises(UsageError, match="It does not walk"):
        analyse(replace(still, forces=forces), protocol="all")


def test_one_step_is_no_gait(walk: Trajectory) -> None:
    with pytest.raises(UsageError, match=r"foot strikes: 1 of the right foot and \d of the left foot"):
        analyse(cut(walk, 400, 530), protocol="all")


@pytest.mark.parametrize("length", [1, 5])
def test_next_to_nothing_is_too_short(walk: Trajectory, length: int) -> None:
    with pytest.raises(UsageError, match=rf"holds {length} samples?;"):
        analyse(cut(walk, 0, length))


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.npz").write_bytes(b"")
    for name in ("empty.npz", "none.npz"):
        with pytest.raises(UsageError):
            motion_from(str(tmp_path / name))


def test_obstacles_are_not_flat_ground(walk: Trajectory) -> None:
    among = replace(walk, course=Course(obstacles=(Obstacle(2.0, 0.0, 0.1),)))
    with pytest.raises(UsageError, match="wants flat ground"):
        analyse(among)
    assert analyse(among, protocol="last5").strides


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobody"], "neither a recording"),
        (["reflex", "--protocol", "x"], "paper, last5, all"),
        (["reflex", "--json", "x.txt"], "ends in .json"),
        (["reflex", "--figure", "x.bmp"], ".png, .svg or .pdf"),
        (["reflex", "--html", "none/x.html"], "create it first"),
        (["reflex", "--human", "none"], "there is no folder"),
        (["reflex", "--bins", "3,1"], "ascending scores"),
        (["reflex", "--human-speed", "nan"], "human_speed"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["gait", *words])
    assert done.exit_code != 0
    assert message in f"{done.output} {done.exception}"


def test_bins_are_ascending_numbers() -> None:
    assert bins_from("1,2.5") == (1.0, 2.5)
    for words in ("", "a", "2,1", "1,1", "1,inf"):
        with pytest.raises(UsageError):
            bins_from(words)
