"""A :class:`Model` with its course as an OpenSim system, and named access to its state vectors."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from myorun.anatomy.model import Model
from myorun.anatomy.osim_writer import to_osim
from myorun.errors import MissingExtraError
from myorun.physics.state import Array


def load_opensim() -> Any:
    """The ``opensim`` package, with its log silenced: it would go to the terminal and to ``opensim.log``."""
    try:
        opensim = importlib.import_module("opensim")
    except ImportError as error:
        raise MissingExtraError("the OpenSim backend", "opensim") from error
    opensim.Logger.setLevelString("Off")
    opensim.Logger.removeFileSink()
    return opensim


class OpenSimSystem:
    """OpenSim's own model, one state of it that is overwritten at will, and where each named part lies.

    Simbody orders the state by depth in the tree of bodies, and keeps locked coordinates in it;
    ``q`` and ``z`` below translate to the order of :class:`~myorun.physics.state.State`.
    """

    def __init__(self, model: Model, obstacles: Array, strengths: Array, incline: float = 0.0) -> None:
        self.opensim = load_opensim()
        self.source = model
        course = {"obstacles": obstacles.tolist(), "strengths": strengths.tolist(), "incline": incline}
        self.model = self._read(to_osim(model, **course))
        self._add_controller()
        self.state = self.model.initSystem()
        self.excitations = self._control_functions()
        self.coordinates = [self.model.getCoordinateSet().get(c.name) for c in model.free_coordinates]
        self.muscles = [self.model.getMuscles().get(m.name) for m in model.muscles]
        self.bodies = [self.model.getBodySet().get(b.name) for b in model.bodies]
        self.forces = {f.getName(): f for f in self._forces()}
        self.rest_q = self.state.getQ().to_numpy().copy()
        self.rest_z = self.state.getZ().to_numpy().copy()
        self.q = np.array([self._index_of_coordinate(c) for c in self.coordinates])
        self.activation_z = self._indices_of_muscle_state("activation")
        self.fiber_length_z = self._indices_of_muscle_state("fiber_length")

    # ------------------------------------------------------------ building

    def _read(self, document: str) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.osim"
            path.write_text(document, encoding="utf-8")
            return self.opensim.Model(str(path))

    def _add_controller(self) -> None:
        controller = self.opensim.PrescribedController()
        controller.setName("excitations")
        for muscle in self.source.muscles:
            controller.addActuator(self.model.getMuscles().get(muscle.name))
            controller.prescribeControlForActuator(muscle.name, self.opensim.Constant(0.0))
        self.model.addController(controller)

    def _control_functions(self) -> list[Any]:
        controllers = self.model.getControllerSet()
        ours = controllers.get(controllers.getSize() - 1)
        functions = self.opensim.PrescribedController.safeDownCast(ours).upd_ControlFunctions()
        return [self.opensim.Constant.safeDownCast(functions.get(i)) for i in range(functions.getSize())]

    def _forces(self) -> list[Any]:
        forces = self.model.getForceSet()
        return [forces.get(i) for i in range(forces.getSize())]

    def _index_of_coordinate(self, coordinate: Any) -> int:
        state = self.opensim.State(self.state)
        coordinate.setValue(state, self.rest_q.max() + 1.0, False)
        (index,) = np.flatnonzero(state.getQ().to_numpy() != self.rest_q)
        return int(index)

    def _indices_of_muscle_state(self, variable: str) -> np.ndarray[Any, np.dtype[np.intp]]:
        state = self.opensim.State(self.state)
        for i, muscle in enumerate(self.muscles):
            self.model.setStateVariableValue(state, f"{muscle.getAbsolutePathString()}/{variable}", -1.0 - i)
        values = list(state.getZ().to_numpy())
        return np.array([values.index(-1.0 - i) for i in range(len(self.muscles))])

    # ------------------------------------------------------------ state

    def vector(self, values: Array) -> Any:
        """``values`` as a SimTK vector."""
        return self.opensim.Vector.createFromMat(np.ascontiguousarray(values, dtype=np.float64))

    def write(self, coordinates: Array, speeds: Array, activations: Array, fiber_lengths: Array) -> None:
        """Overwrite the state exactly: nothing is projected; locked coordinates rest at their default."""
        q, u, z = self.rest_q.copy(), np.zeros_like(self.rest_q), self.rest_z.copy()
        q[self.q], u[self.q] = coordinates, speeds
        z[self.activation_z], z[self.fiber_length_z] = activations, fiber_lengths
        self.state.setTime(0.0)
        self.state.setQ(self.vector(q))
        self.state.setU(self.vector(u))
        self.state.setZ(self.vector(z))

    def read(self, state: Any) -> tuple[Array, Array, Array, Array]:
        """Coordinates, speeds, activations and fiber lengths of an OpenSim state."""
        q, u, z = (part().to_numpy() for part in (state.getQ, state.getU, state.getZ))
        return q[self.q].copy(), u[self.q].copy(), z[self.activation_z].copy(), z[self.fiber_length_z].copy()

    def excite(self, excitations: Array) -> None:
        """Hold these excitations from now on; takes effect once the state is written again."""
        for function, value in zip(self.excitations, excitations, strict=True):
            function.setValue(float(value))

    def integrate(self, duration: float, accuracy: float | None) -> Any:
        """Integrate from the present state with a fresh Manager; returns OpenSim's state at the end.

        One Manager for the whole session would start a step with derivatives of the excitations before, and
        would make the next step depend on more than the state. A fresh one that stores nothing keeps memory flat.
        """
        manager = self.opensim.Manager(self.model)
        manager.setWriteToStorage(False)
        manager.setPerformAnalyses(False)
        if accuracy is not None:
            manager.setIntegratorAccuracy(accuracy)
        manager.initialize(self.state)
        return self.opensim.State(manager.integrate(duration))
