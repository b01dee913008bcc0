"""Many humans side by side: :class:`BatchSimulator`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from myorun.anatomy import Model
from myorun.errors import SimulationError, UsageError
from myorun.physics.checks import as_reals, check_obstacles, check_rows, check_strengths, excitation_error
from myorun.physics.engine import (
    ENGINES,
    Precision,
    divide,
    open_episodes,
)
from myorun.physics.simulation import Rows, Simulation, lay_surroundings
from myorun.physics.surroundings import PLAIN, Surroundings


class BatchSimulator(Simulation):
    """``n`` independent humans of one model, several in each vector register.

    Arrays, and the shapes of one human's, have a leading axis of length ``n``; their type is that of ``precision``.
    In float64 every human moves bit for bit as it would in a :class:`Simulator`, whatever the batch; in float32
    results do not depend on the batch either, but on the instruction set.

    Args:
        n: how many, at least 1.
        model: a model, or the name or path of one.
        precision: "float64" or "float32".
        accuracy: as for :class:`Simulator`.
        instruction_set: as for :class:`Simulator`.
        threads: how many share the work of a step; changes no bit.

    Raises:
        ModelError: if the model cannot be simulated.
        UsageError: for an unknown setting.
    """

    def __init__(
        self,
        n: int,
        model: Model | str = "human",
        *,
        precision: Precision = "float64",
        accuracy: str | int = "default",
        instruction_set: str | None = None,
        threads: int = 1,
    ) -> None:
        if precision not in ENGINES:
            raise UsageError(f"precision is {precision!r}; use 'float64' or 'float32'")
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 1 <= n <= 10_000_000:
            raise UsageError(f"the batch size is {n!r}; it must be a whole number from 1 to 10000000")
        if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= 1024:
            raise UsageError(f"threads is {threads!r}; it must be a whole number from 1 to 1024")
        self.n, self.threads = int(n), threads
        super().__init__(
            model,
            (self.n,),
            accuracy=accuracy,
            instruction_set=instruction_set,
            precision=precision,
            threads=threads,
        )
        self.time = np.zeros(self.n)
        self._obstacles = np.zeros((self.n, 0, 3))
        self._strengths = np.ones((self.n, self._nm))
        self._surroundings: list[Surroundings] = [PLAIN] * self.n
        self.reset()

    # ------------------------------------------------------------ state

    @property
    def states(self) -> Rows:
        """All states as rows, shape (n, 2 coordinates + 2 muscles): coordinates, speeds, activations, fiber lengths."""
        return self._rows()

    @states.setter
    def states(self, rows: npt.ArrayLike) -> None:
        self._set_rows(check_rows("states", rows, (self.n, self._engine.state_size)))

    def reset(self) -> None:
        """All to the default pose at rest, fibers in equilibrium, time 0; courses stay."""
        self._rest()
        self.time[:] = 0.0

    # ------------------------------------------------------------ course

    def set_courses(
        self,
        *,
        obstacles: npt.ArrayLike | None = None,
        strengths: npt.ArrayLike | None = None,
        surroundings: Sequence[Surroundings] | None = None,
    ) -> None:
        """Give every human its course.

        Args:
            obstacles: shape (n, k, 3): x, y, radius in m, k at most 64; a radius of 0 leaves a slot empty.
            strengths: shape (n, muscles), factors of the maximum isometric force.
            surroundings: one a human; by default flat and firm ground, and nothing to bear.

        Raises:
            UsageError: for wrong shapes or values.
        """
        balls = np.zeros((self.n, 0, 3)) if obstacles is None else as_reals("obstacles", obstacles)
        check_obstacles(balls, (self.n,), empty_slots=True)
        factors = check_strengths(np.ones((self.n, self._nm)) if strengths is None else strengths, (self.n, self._nm))
        self._engine.set_obstacles(np.ascontiguousarray(balls.reshape(self.n, -1), self.dtype))
        self._engine.set_strengths(np.ascontiguousarray(factors, self.dtype))
        self._obstacles, self._strengths = balls, factors
        self._lay([PLAIN] * self.n if surroundings is None else list(surroundings))

    def _lay(self, surroundings: list[Surroundings]) -> None:
        if len(surroundings) != self.n:
            raise UsageError(f"there are {len(surroundings)} surroundings; {self.n} are wanted, one a human")
        for human, (new, old) in enumerate(zip(surroundings, self._surroundings, strict=True)):
            if new is not old:
                lay_surroundings(self._engine, human, new)
                self._surroundings[human] = new

    # ------------------------------------------------------------ motion

    def step(self, excitations: npt.ArrayLike, duration: float = 0.01) -> None:
        """Hold ``excitations``, shape (n, muscles), each in [0, 1], for ``duration`` seconds.

        Raises:
            UsageError: for a wrong shape, an excitation outside [0, 1], or a duration that is not positive.
            SimulationError: if a motion cannot be continued; that human stays where it was.
        """
        division = divide(self.accuracy, duration)
        array = excitations if isinstance(excitations, np.ndarray) else as_reals("excitations", excitations)
        if array.dtype != self.dtype:
            array = as_reals("excitations", array).astype(self.dtype)
        if array.shape != self._excitations.shape:
            raise UsageError(f"excitations have shape {array.shape}; expected {self._excitations.shape}")
        self._excitations = np.ascontiguousarray(array)
        outcome = self._engine.step(self._excitations, duration, *division)
        if outcome == -2:
            raise excitation_error(self._excitations, self.model)
        self.time += duration
        if outcome != -1:
            raise SimulationError(f"the motion of human {outcome} could not be continued; reset it")

    # ------------------------------------------------------------ quantities

    def episodes(self, rules: Mapping[str, Any], arrays: Mapping[str, Rows]) -> Any:
        """The compiled player of a task over these humans; see :mod:`myorun.play`."""
        return open_episodes(self._engine, self.precision, rules, arrays)

    # ------------------------------------------------------------ copies

    def __getstate__(self) -> dict[str, Any]:
        settings = ("model", "n", "precision", "accuracy", "_instruction_set", "threads")
        arrays = {"time": self.time.copy(), "states": self.states, "excitations": self._excitations.copy()}
        courses: dict[str, Any] = {"obstacles": self._obstacles.copy(), "strengths": self._strengths.copy()}
        courses["surroundings"] = list(self._surroundings)
        return {**{name: getattr(self, name) for name in settings}, **arrays, **courses}

    def __setstate__(self, state: dict[str, Any]) -> None:
        BatchSimulator.__init__(
            self,
            state["n"],
            state["model"],
            precision=state["precision"],
            accuracy=state["accuracy"],
            instruction_set=state["_instruction_set"],
            threads=state["threads"],
        )
        self.set_courses(obstacles=state["obstacles"], strengths=state["strengths"], surroundings=state["surroundings"])
        self._engine.set_states(state["states"])
        self._hold(state["excitations"].copy())
        self.time = state["time"].copy()
