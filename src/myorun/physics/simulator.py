"""One human, simulated: :class:`Simulator`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from myorun.anatomy import Model
from myorun.errors import SimulationError, UsageError
from myorun.physics.engine import as_reals, check_rows, checked_parts, divide, excitation_error
from myorun.physics.simulation import Simulation
from myorun.physics.state import State
from myorun.physics.surroundings import PLAIN, Surroundings

Array = npt.NDArray[np.float64]

MAX_OBSTACLES = 64  # as many as the core holds


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


def lay_surroundings(engine: Any, human: int, surroundings: Surroundings) -> None:
    """Tell the engine the surroundings of a human; :class:`UsageError` for what it cannot hold."""
    if not isinstance(surroundings, Surroundings):
        raise UsageError(f"surroundings are {surroundings!r:.80}; they must be a myorun.physics.Surroundings")
    try:
        engine.set_surroundings(human, surroundings.arrays())
    except ValueError as error:
        raise UsageError(f"these surroundings cannot be simulated: {error}") from None


def as_obstacles(obstacles: npt.ArrayLike) -> Array:
    """Obstacles as a float64 array; none at all as shape (0, 3)."""
    balls = as_reals("obstacles", obstacles)
    return balls.reshape(0, 3) if balls.size == 0 else balls


def check_obstacles(balls: Array, leading: tuple[int, ...] = (), *, empty_slots: bool = False) -> None:
    r"""Refuse obstacles that are not of shape (\*leading, k, 3) or not balls.

    Raises:
        UsageError: naming the shape or the value.
    """
    if balls.shape[:-2] != leading or balls.ndim < 2 or balls.shape[-1] != 3 or balls.shape[-2] > MAX_OBSTACLES:
        expected = f"({', '.join(map(str, (*leading, 'k', 3)))})"
        raise UsageError(
            f"obstacles have shape {balls.shape}; expected {expected} of x, y, radius with k at most {MAX_OBSTACLES}"
        )
    radii = balls[..., 2]
    if not (np.abs(balls) <= 1e6).all():
        raise UsageError(
            f"an obstacle has {balls[~(np.abs(balls) <= 1e6)][0]}; it must be finite, within a million metres"
        )
    if ((radii < 0) if empty_slots else (radii <= 0)).any():
        raise UsageError(f"the radius of an obstacle is {radii.min():g} m; it must be above 0")


def check_strengths(strengths: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    """Strength factors as an array of ``shape``, each above 0 and at most 100, else :class:`UsageError`."""
    factors = check_rows("strengths", strengths, shape)
    if not ((factors > 0) & (factors <= 100)).all():
        raise UsageError(f"strengths must be above 0 and at most 100; got {factors.min():g} to {factors.max():g}")
    return factors
