"""How exactly OpenSim replays what is exported: a run goes out, through OpenSim's own readers, and back.

Run: ``python benchmarks/roundtrip.py``: a minute, a Markdown table of the largest errors over all states of a run.
Needs ``pip install 'myorun[opensim]'``.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from myorun.physics.opensim_system import load_opensim
from myorun.run import run_episode
from myorun.trajectory import Trajectory, export_all
from myorun.trajectory.motion import import_motion
from myorun.trajectory.trajectory import ARRAYS
from tables import markdown

Row = tuple[str, str, str]


class Replay:
    """The exported files of a run, opened in OpenSim."""

    def __init__(self, trajectory: Trajectory, folder: Path) -> None:
        self.opensim = load_opensim()
        self.trajectory, self.folder = trajectory, folder
        self.table = self.opensim.TimeSeriesTable(str(folder / "run_states.sto"))
        self.model = self.opened()
        self.states = self._states(self.model)

    def opened(self, change: Callable[[Any], None] = lambda model: None) -> Any:
        model = self.opensim.Model(str(self.folder / "run.osim"))
        change(model)
        model.initSystem()
        return model

    def _states(self, model: Any) -> Any:
        return self.opensim.StatesTrajectory.createFromStatesTable(model, self.table)

    def per_state(self, read: Callable[[Any], list[float]]) -> np.ndarray:
        """A reading of every state, (states, …)."""
        rows = []
        for i in range(self.states.getSize()):
            self.model.realizeAcceleration(self.states.get(i))
            rows.append(read(self.states.get(i)))
        return np.array(rows)

    def body_positions(self) -> np.ndarray:
        bodies = [self.model.getBodySet().get(name) for name in self.trajectory.body_names]
        return self.per_state(lambda state: [body.getPositionInGround(state).to_numpy()[:2] for body in bodies])

    def tendon_forces(self) -> np.ndarray:
        muscles = [self.model.getMuscles().get(name) for name in self.trajectory.muscle_names]
        return self.per_state(lambda state: [muscle.getTendonForce(state) for muscle in muscles])

    def foot_forces(self) -> np.ndarray:
        """Of the ground, (states, feet, 2), from the records of the two contact forces."""
        forces = [self.model.getForceSet().get(contact.name) for contact in self.trajectory.model.ground_contacts]
        # a record begins with force (and torque) on the ground: minus what the ground does
        return -self.per_state(lambda state: [_first_two(force.getRecordValues(state)) for force in forces])

    def accelerations(self) -> np.ndarray:
        return self.per_state(lambda state: state.getUDot().to_numpy().tolist())

    def accelerations_under_loads(self) -> np.ndarray:
        """With all contacts taken out and the external loads in their place."""
        loads = self.opensim.ExternalLoads(str(self.folder / "run_loads.xml"), True)

        def swap(model: Any) -> None:
            forces = model.updForceSet()
            for i in range(forces.getSize()):
                if forces.get(i).getConcreteClassName() == "HuntCrossleyForce":
                    forces.get(i).set_appliesForce(False)
            model.addModelComponent(loads)

        twin = Replay.__new__(Replay)
        twin.__dict__.update(self.__dict__)
        twin.model = self.opened(swap)
        twin.states = self._states(twin.model)
        return twin.accelerations()


def _first_two(values: Any) -> list[float]:
    return [values.get(0), values.get(1)]


def rows(trajectory: Trajectory, folder: Path) -> Iterator[Row]:
    replay = Replay(trajectory, folder)
    spheres = [[trajectory.sphere_names.index(s) for s in c.spheres] for c in trajectory.model.ground_contacts]
    feet = np.stack([trajectory.contact_forces[:, s].sum(axis=1) for s in spheres], axis=1)
    yield "body positions", _largest(replay.body_positions() - trajectory.body_positions, "m"), "StatesTrajectory"
    error = relative(replay.tendon_forces(), trajectory.tendon_forces)
    yield "muscle forces", _largest(error, "of at least 1 N"), "Thelen2003Muscle"
    yield "ground reaction", _largest(relative(replay.foot_forces(), feet), "of at least 1 N"), "HuntCrossleyForce"
    swapped, whole = replay.accelerations_under_loads(), replay.accelerations()
    error = np.abs(swapped - whole) / np.abs(whole).max(axis=1, keepdims=True)
    yield "accelerations under loads", _largest(error, "of the largest"), "ExternalLoads for the contacts"
    back = import_motion(folder / "run_states.sto", controls=folder / "run_controls.sto").trajectory
    differing = sum(int((getattr(back, name) != getattr(trajectory, name)).sum()) for name in ARRAYS)
    yield "imported again", f"{differing} of {sum(getattr(back, n).size for n in ARRAYS):,} numbers", "myorun import"


def relative(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Difference as a share of what is wanted, of 1 where that is less."""
    return np.asarray((found - wanted) / np.maximum(np.abs(wanted), 1.0))


def _largest(error: np.ndarray, unit: str) -> str:
    return f"{np.abs(error).max():.1e} {unit}"


def main(
    seed: Annotated[int, typer.Option(help="Of the course.")] = 3,
    steps: Annotated[int, typer.Option(help="Of 10 ms.")] = 1000,
) -> None:
    """Export a run of the reflex walker, replay it in OpenSim, and read it back."""
    trajectory = run_episode("reflex", seed=seed, steps=steps).trajectory
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        files = export_all(trajectory, folder, "run").files
        seconds = time.perf_counter() - began
        size = sum(file.stat().st_size for file in files) / 1e6
        print(f"{len(trajectory.times)} states, {len(trajectory.course.obstacles)} obstacles; ", end="")
        print(f"{len(files)} files, {size:.1f} MB, written in {seconds:.2f} s\n")
        print(markdown(("what", "largest error", "asked of"), rows(trajectory, Path(folder))))


if __name__ == "__main__":
    typer.run(main)
