"""Graphs show what was recorded: every curve in its panel, sides and stance in their colours, files whole or absent."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from myorun.anatomy import Model, load_model
from myorun.errors import MissingExtraError, UsageError
from myorun.plots.layout import WIDTH, lay_out
from myorun.plots.panels import WHAT, sections_of
from myorun.run import run_episode
from myorun.trajectory import Trajectory, save_trajectory
from myorun.trajectory.trajectory import ARRAYS
from myorun.view.moments import body_weight

pytest.importorskip("matplotlib")

from myorun.plots import plot


@pytest.fixture(scope="module")
def walk() -> Trajectory:
    return run_episode(seed=0, steps=200).trajectory


@pytest.fixture(scope="module")
def human() -> Model:
    return load_model("human")


def titled(figure, title: str):  # type: ignore[no-untyped-def]
    """The panel of a title."""
    return next(axes for axes in figure.axes if axes.get_title(loc="left").split("  ")[0] == title)


# ---------------------------------------------------------------- what is drawn


def test_all_is_every_subject(walk: Trajectory) -> None:
    single = [section.heading for what in WHAT[1:] for section in sections_of(walk, what)]
    assert sorted(section.heading for section in sections_of(walk, "all")) == sorted(single)
    assert len(plot(walk).axes) == sum(len(section.panels) for section in sections_of(walk, "all"))


def test_joint_angles_are_drawn_in_degrees_and_the_sides_apart(walk: Trajectory) -> None:
    axes = titled(plot(walk, what="kinematics"), "hip flexion")
    for line, name in zip(axes.lines, ("hip_flexion_r", "hip_flexion_l"), strict=True):
        column = walk.coordinates[:, walk.coordinate_names.index(name)]
        np.testing.assert_allclose(line.get_ydata(), np.degrees(column))
        np.testing.assert_array_equal(line.get_xdata(), walk.times)
    right, left = (line.get_color() for line in axes.lines)
    assert right != left


def test_ground_reaction_is_drawn_in_body_weights(walk: Trajectory, human: Model) -> None:
    axes = titled(plot(walk, what="forces"), "vertical")
    total = sum(line.get_ydata() for line in axes.lines)
    np.testing.assert_allclose(total, walk.contact_forces[:, :, 1].sum(axis=1) / body_weight(human))


def test_muscle_forces_are_drawn_in_kilonewtons(walk: Trajectory) -> None:
    axes = titled(plot(walk, what="forces"), "soleus")
    column = walk.tendon_forces[:, walk.muscle_names.index("soleus_r")]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), column / 1000.0)


def test_excitations_lie_faint_behind_activations(walk: Trajectory) -> None:
    axes = titled(plot(walk, what="activations"), "vasti")
    faint = [line for line in axes.lines if line.get_alpha() is not None]
    assert len(faint) == 2 and len(axes.lines) == 4
    column = walk.muscle_names.index("vasti_r")
    np.testing.assert_array_equal(faint[0].get_ydata()[:-1], walk.excitations[:, column])
    np.testing.assert_array_equal(axes.lines[2].get_ydata(), walk.activations[:, column])
    assert faint[0].get_zorder() <= axes.lines[2].get_zorder()


def test_distance_begins_at_zero_and_marks_the_obstacles_that_were_reached(walk: Trajectory) -> None:
    axes = titled(plot(walk, what="distance"), "distance")
    assert axes.lines[0].get_ydata()[0] == 0.0
    assert axes.lines[0].get_ydata()[-1] == pytest.approx(walk.distance)
    panel = sections_of(walk, "distance")[0].panels[0]
    near = [ball for ball in walk.course.obstacles if ball.x - ball.radius < walk.coordinates[:, 1].max()]
    assert len(panel.marks) == len(near)


def test_stance_is_shaded_where_a_foot_carries_and_only_for_one_trajectory(walk: Trajectory) -> None:
    alone = titled(plot(walk, what="kinematics"), "hip flexion")
    assert len(alone.patches) > 2
    assert len(titled(plot([walk, walk], what="kinematics"), "hip flexion").patches) == 0


def test_several_trajectories_share_a_panel_each_in_its_colour(walk: Trajectory) -> None:
    axes = titled(plot([walk, walk, walk], what="kinematics"), "knee extension")
    assert len(axes.lines) == 6
    assert len({line.get_color() for line in axes.lines}) == 3
    assert [line.get_linestyle() for line in axes.lines[:2]] == ["-", "--"]


def test_all_panels_share_the_time_that_was_asked_for(walk: Trajectory) -> None:
    figure = plot(walk, start=0.5, end=1.0)
    assert {axes.get_xlim() for axes in figure.axes} == {(0.5, 1.0)}
    shown = titled(figure, "hip flexion").lines[0].get_xdata()
    np.testing.assert_allclose((shown.min(), shown.max()), (0.5, 1.0))


def test_what_was_not_recorded_is_said(walk: Trajectory) -> None:
    unknown = replace(walk, tendon_forces=np.full_like(walk.tendon_forces, np.nan))
    axes = titled(plot(unknown, what="forces"), "soleus")
    assert [text.get_text() for text in axes.texts] == ["not recorded"]


def test_one_state_can_be_drawn(walk: Trajectory, tmp_path: Path) -> None:
    kept = {name: getattr(walk, name)[:1] for name in ARRAYS if name not in ("excitations", "strengths")}
    plot(replace(walk, excitations=walk.excitations[:0], **kept), tmp_path / "one.png")
    assert (tmp_path / "one.png").stat().st_size > 10_000


# ---------------------------------------------------------------- where it lies


@pytest.mark.parametrize("counts", [(1,), (3, 4, 2, 9, 9), (5,), (8,), (40,)])
def test_panels_lie_on_the_sheet_and_not_on_each_other(counts: tuple[int, ...]) -> None:
    sheet = lay_out(counts)
    places = [place for section in sheet.places for place in section]
    assert len(places) == sum(counts)
    for place in places:
        assert place.left > 0.0 and place.left + place.width < WIDTH
        assert place.top > 0.0 and place.top + place.height < sheet.height
    for a in places:
        for b in places:
            apart = a.left + a.width <= b.left or b.left + b.width <= a.left
            assert a is b or apart or a.top + a.height <= b.top or b.top + b.height <= a.top


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg", ".PNG"])
def test_the_same_graphs_give_the_same_file(walk: Trajectory, tmp_path: Path, suffix: str) -> None:
    files = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for file in files:
        plot(walk, file, what="distance")
    assert files[0].read_bytes() == files[1].read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_files_are_named_in_the_heading(walk: Trajectory, tmp_path: Path) -> None:
    save_trajectory(walk, tmp_path / "my-walk.npz")
    words = [text.get_text() for text in plot(tmp_path / "my-walk.npz", what="distance").texts]
    assert words[0].startswith("my-walk.npz · ")


def test_a_name_with_dollars_is_no_formula(walk: Trajectory, tmp_path: Path) -> None:
    save_trajectory(walk, tmp_path / "$x_{$ $.npz")
    plot([tmp_path / "$x_{$ $.npz"] * 2, tmp_path / "a.png", what="distance")
    plot(tmp_path / "$x_{$ $.npz", tmp_path / "a.png", what="distance")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"what": "emg"}, "what is 'emg'; it must be one of all, kinematics, activations, forces, distance"),
        ({"path": "a.doc"}, r"a plot ends in \.png, \.pdf or \.svg; 'a\.doc' does not"),
        ({"path": "none/a.png"}, "the folder 'none' of a plot does not exist"),
        ({"start": 1.0, "end": 0.5}, "1 s to 0.5 s was asked for; recorded is 0 s to 2 s"),
        ({"end": 2.5}, "0 s to 2.5 s was asked for"),
        ({"start": float("nan")}, "nan s to 2 s was asked for"),
    ],
)
def test_a_wrong_argument_is_refused(walk: Trajectory, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plot(walk, **arguments)  # type: ignore[arg-type]


def test_too_many_trajectories_or_none_are_refused(walk: Trajectory) -> None:
    for sources in ([], [walk] * 7):
        with pytest.raises(UsageError, match="1 to 6 can be told apart"):
            plot(sources)


def test_other_muscles_are_not_compared(walk: Trajectory) -> None:
    model = walk.model
    renamed = replace(model, muscles=tuple(replace(m, name=m.name.replace("vasti", "quads")) for m in model.muscles))
    with pytest.raises(UsageError, match="other coordinates or muscles"):
        plot([walk, replace(walk, model=renamed)])


def test_without_matplotlib_the_extra_is_named(walk: Trajectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'myorun\[gait\]'"):
        plot(walk)


def test_importing_plots_imports_neither_matplotlib_nor_pygame() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}; import myorun.plots; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"matplotlib", "pygame", "myorun._core"}.isdisjoint(loaded)


def test_the_look_of_other_figures_is_left_alone(walk: Trajectory) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    plot(walk, what="distance")
    assert dict(mpl.rcParams) == before
