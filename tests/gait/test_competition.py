"""Figures of a challenge hold what its ledger holds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

pytest.importorskip("matplotlib")

from myorun.errors import UsageError
from myorun.gait.competition import Entry, progress_figure, spread_figure
from myorun.run import run_episode

DAY = 86_400.0
ENTRIES = [
    Entry("ada", 0 * DAY, 10.0, (8.0, 12.0)),
    Entry("bob", 1 * DAY, 25.0, (24.0, 26.0)),
    Entry("ada", 2 * DAY, 20.0, (19.0, 21.0)),
    Entry("ada", 3 * DAY, 30.0, (30.0, 30.0)),
]


def test_the_leading_line_never_sinks_and_every_submission_is_a_mark() -> None:
    figure = progress_figure(ENTRIES, title="open stage", baseline=20.08)
    over_time, spread = figure.axes
    leading = next(line for line in over_time.lines if line.get_label() == "best so far")
    assert list(leading.get_ydata()) == [10.0, 25.0, 25.0, 30.0]
    marks = [line for line in over_time.lines if line.get_marker() == "o"]
    assert sum(len(line.get_ydata()) for line in marks) == 4
    assert sum(patch.get_width() for patch in spread.patches) == 4
    assert "4 submissions of 2 participants" in over_time.get_title(loc="left")
    assert any(text.get_text() == "baseline" for text in over_time.texts)


def test_the_best_stand_on_the_left() -> None:
    (axes,) = spread_figure(ENTRIES, title="play-off", most=3).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["ada", "bob", "ada"]


def test_a_stage_without_submissions_is_said_to_be_empty() -> None:
    for draw in (progress_figure, spread_figure):
        with pytest.raises(UsageError, match="no finished submission"):
            draw([], title="empty")  # type: ignore[operator]


async def _take_part(ledger: Any, settings: Any, name: str, controller: str) -> None:
    """Let a controller play all courses of the first stage for a participant of that name."""
    from myorun.challenge import people
    from myorun.challenge.grader import Grader

    stage = settings.stages[0]
    user = ledger.write(lambda connection: people.add_user(connection, name, 1.0, organiser=False))
    grader = Grader(ledger, settings, lambda: 1_800_000_000.0)
    run, _ = await grader.create(user, stage, protocol="2", client="test")
    for course, seed in enumerate(stage.seeds):
        played = run_episode(controller, seed=seed, difficulty=0, max_obstacles=0, accuracy=stage.accuracy)
        answer = await grader.reset(run.id, course)
        for step, excitations in enumerate(played.trajectory.excitations):
            if not answer.done:
                answer = await grader.step(run.id, excitations.tolist(), (course, step))
    await grader.submit(run.id)
    grader.close()


@pytest.mark.slow
def test_figures_of_a_ledger(tmp_path: Path) -> None:
    """Two participants walk over flat courses; what comes out is drawn from their events alone."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("pydantic")
    from myorun.challenge import organise
    from myorun.challenge.server import open_challenge
    from myorun.commands.challenge_figures import draw_challenge

    folder, out = tmp_path / "spring", tmp_path / "out"
    organise.init(folder, "Spring")
    text = (folder / "challenge.toml").read_text()
    (folder / "challenge.toml").write_text(_flat(text))
    settings, ledger = open_challenge(folder)
    for name, controller in (("walker", "reflex"), ("sleeper", "zero")):
        asyncio.run(_take_part(ledger, settings, name, controller))
    ledger.close()
    console = Console(record=True, width=200)
    written = draw_challenge(folder, out, console)
    assert [path.name for path in written] == ["figure-5.png", "figure-6.png", "figure-7.png"]
    assert all(path.stat().st_size > 10_000 for path in written)
    assert "left out of figure 7: sleeper" in console.export_text()
    with pytest.raises(UsageError, match="there is no stage 'x'"):
        draw_challenge(folder, out, console, stage="x")


def _flat(text: str) -> str:
    """The settings of a new challenge with flat, known courses and a stage that is open."""
    import re

    text = re.sub(r"(?m)^#?\s*opens\s*=.*$", "opens = 2020-01-01T00:00:00Z", text, count=1)
    text = re.sub(r"(?m)^#?\s*closes\s*=.*$", "closes = 2100-01-01T00:00:00Z", text, count=1)
    text = re.sub(r"(?m)^#?\s*difficulty\s*=.*$", "difficulty = 0", text, count=1)
    text = re.sub(r"(?m)^#?\s*max_obstacles\s*=.*$", "max_obstacles = 0", text, count=1)
    text = re.sub(r"(?m)^#?\s*courses\s*=.*$", "courses = 2", text, count=1)
    return re.sub(r"(?m)^#?\s*seeds\s*=.*$", "seeds = [1, 2]", text, count=1)
