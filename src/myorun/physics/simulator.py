"""One human, simulated: :class:`Simulator`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from myorun.anatomy import Model
from myorun.errors import SimulationError
from myorun.physics.checks import (
    as_obstacles,
    check_obstacles,
    check_rows,
    check_strengths,
    checked_parts,
    excitation_error,
)
from myorun.physics.engine import divide
from myorun.physics.simulation import Simulation, lay_surroundings
from myorun.physics.state import State
from myorun.physics.surroundings import PLAIN, Surroundings

Array = npt.NDArray[np.float64]


class Simulator(Simulation):
    """A musculoskeletal model in motion, in float64.

    Coordinates are in the order of ``model.free_coordinates``, muscles in that of ``model.muscles``. The
    same state, course and excitations give the same bits on every machine; a copy continues identically.

    Args:
        model: a model, or the name or path of one.
        accuracy: "fast", "default" (no less accurate than OpenSim's default), "accurate", "reference", or
            a number of equal substeps per 10 ms.
        instruction_set: one of :func:`myorun.physics.instruction_sets`; by default the best here. It
            changes the speed, never a bit of the result.

    Raises:
        ModelError: if the model cannot be simulated.
        UsageError: for an unknown setting.
    """

    def __init__(
        self, model: Model | str = "human", *, accuracy: str | int = "default", instruction_set: str | None = None
    ) -> None:
        super().__init__(model, (), accuracy=accuracy, instruction_set=instruction_set)
        self.time = 0.0
        self._values = np.zeros((1, max(s.stop for s in self.layout.values())))
        self._stale = True
        self._obstacles = np.zeros((0, 3))
        self._strengths = np.ones(self._nm)
        self._surroundings = PLAIN
        self._duration: float | None = None  # of the latest step
        self._division = (0, 0.0)  # and its substeps and tolerance
        self.reset()

    # ------------------------------------------------------------ state

    def _changed(self) -> None:
        self._stale = True

    @property
    def state(self) -> State:
        """The present state, as copies."""
        row = self._rows()[0]
        return State(self.time, *(row[part].copy() for part in self._parts.values()))

    def set_state(self, state: State) -> None:
        """Continue from ``state``.

        Raises:
            UsageError: if an array has the wrong shape.
            StateError: if an entry is not finite or beyond all anatomy.
        """
        self._set_rows(np.concatenate(checked_parts(self.model, state))[None])
        self.time = float(state.time)

    def reset(self) -> None:
        """Default pose at rest, default activations, fibers in equilibrium, time 0; the course stays."""
        self._rest()
        self.time = 0.0

    # ------------------------------------------------------------ course

    def set_course(
        self,
        *,
        obstacles: npt.ArrayLike = (),
        strengths: npt.ArrayLike | None = None,
        surroundings: Surroundings = PLAIN,
    ) -> None:
        """Put balls in the way, weaken muscles, shape the ground, load the trunk.

        Args:
            obstacles: shape (n, 3): x and y of the centre and radius, m; n at most 64.
            strengths: shape (muscles,), factors of the maximum isometric force; default 1.
            surroundings: the ground, the muscles' pace and the load.

        Raises:
            UsageError: for a wrong shape, a radius that is not positive, or a strength that is.
        """
        balls = as_obstacles(obstacles)
        check_obstacles(balls)
        factors = check_strengths(np.ones(self._nm) if strengths is None else strengths, (self._nm,))
        self._engine.set_obstacles(balls.reshape(1, -1))
        self._engine.set_strengths(factors[None])
        self._obstacles, self._strengths, self._stale = balls, factors, True
        if surroundings is not self._surroundings:
            lay_surroundings(self._engine, 0, surroundings)
            self._surroundings = surroundings

    # ------------------------------------------------------------ motion

    def step(self, excitations: npt.ArrayLike, duration: float = 0.01) -> None:
        """Hold ``excitations``, shape (muscles,), each in [0, 1], for ``duration`` seconds.

        Raises:
            UsageError: for a wrong shape, an excitation outside [0, 1], or a duration that is not positive.
            SimulationError: if the motion cannot be continued; the state is then as before the step.
        """
        if duration != self._duration:
            self._division = divide(self.accuracy, duration)
            self._duration = duration
        if not isinstance(excitations, np.ndarray) or excitations.shape != (self._nm,) or excitations.dtype.kind != "f":
            excitations = check_rows("excitations", excitations, (self._nm,))
        self._excitations[0] = excitations
        outcome = self._engine.step(self._excitations, duration, *self._division)
        if outcome != -1:
            raise self._step_error(outcome)
        self.time += duration
        self._stale = True

    def _step_error(self, outcome: int) -> Exception:
        if outcome == -2:
            return excitation_error(self._excitations, self.model)
        return SimulationError(f"the motion could not be continued after {self.time:.3f} s; reset the simulation")

    # ------------------------------------------------------------ quantities

    @property
    def values(self) -> Array:
        """All named quantities in one flat array, sliced by :attr:`layout`; overwritten by the next refresh."""
        if self._stale:
            self._engine.report(0, self._values.shape[1], self._values)
            self._stale = False
        values: Array = self._values[0]
        return values

    def _report(self, where: slice) -> Array:
        return self.values[where].copy()

    # ------------------------------------------------------------ copies

    def __getstate__(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "accuracy": self.accuracy,
            "instruction_set": self._instruction_set,
            "time": self.time,
            "rows": self._rows(),
            "excitations": self._excitations.copy(),
            "obstacles": self._obstacles.copy(),
            "strengths": self._strengths.copy(),
            "surroundings": self._surroundings,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        Simulator.__init__(self, state["model"], accuracy=state["accuracy"], instruction_set=state["instruction_set"])
        self.set_course(obstacles=state["obstacles"], strengths=state["strengths"], surroundings=state["surroundings"])
        self._engine.set_states(state["rows"])
        self._hold(state["excitations"].copy())
        self.time = state["time"]
