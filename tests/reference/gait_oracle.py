"""OpenSim's own inverse dynamics and metabolic probe at the states of a recorded motion."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from myorun.gait.metabolics import Settings
from myorun.gait.muscles import MuscleMotion
from myorun.physics.opensim_system import OpenSimSystem
from myorun.trajectory import Trajectory

Array = NDArray[np.float64]


def solved_forces(record: Trajectory, accelerations: Array, samples: Iterable[int]) -> Array:
    """Generalized forces (samples, coordinates) of OpenSim's InverseDynamicsSolver.

    Muscles and ligaments are switched off, ground and obstacles act: what is left is what the joints must do.
    """
    system = OpenSimSystem(record.model, record.course.obstacle_array(), record.strengths)
    opensim, solved = system.opensim, []
    solver = opensim.InverseDynamicsSolver(system.model)
    for k in samples:
        system.write(record.coordinates[k], record.speeds[k], record.activations[k], record.fiber_lengths[k])
        for force in system.forces.values():
            if force.getConcreteClassName() != "HuntCrossleyForce":
                force.setAppliesForce(system.state, False)
        for muscle in system.muscles:
            muscle.setAppliesForce(system.state, False)
        udot = np.zeros(system.state.getNU())
        udot[system.q] = accelerations[k]
        system.model.realizeDynamics(system.state)
        solved.append(solver.solve(system.state, opensim.Vector.createFromMat(udot)).to_numpy()[system.q])
    return np.array(solved)


def probed_powers(muscles: MuscleMotion, record: Trajectory, settings: Settings, samples: Iterable[int]) -> Array:
    """Metabolic powers (samples, muscles) W of OpenSim's Umberger2010MuscleMetabolicsProbe."""
    system = OpenSimSystem(record.model, np.zeros((0, 3)), record.strengths)
    opensim = system.opensim
    probe = opensim.Umberger2010MuscleMetabolicsProbe(True, True, False, True)
    probe.set_include_negative_mechanical_work(settings.negative_work)
    probe.set_forbid_negative_total_power(settings.positive_power)
    probe.set_use_Bhargava_recruitment_model(settings.recruitment)
    probe.set_report_total_metabolics_only(False)
    system.model.addProbe(probe)
    for name in muscles.names:
        probe.addMuscle(name, settings.slow_share)
    state = system.model.initSystem()
    mounted = opensim.Umberger2010MuscleMetabolicsProbe.safeDownCast(system.model.getProbeSet().get(0))
    labels = [mounted.getProbeOutputLabels().get(i) for i in range(len(muscles.names) + 2)]
    columns = [next(i for i, label in enumerate(labels) if label.endswith(f"_{name}")) for name in muscles.names]
    powers = []
    for k in samples:
        _set(system, state, muscles, record, k)
        powers.append(mounted.computeProbeInputs(state).to_numpy()[columns])
    return np.array(powers)


def _set(system: OpenSimSystem, state: object, muscles: MuscleMotion, record: Trajectory, k: int) -> None:
    opensim = system.opensim
    for j, name in enumerate(record.coordinate_names):
        coordinate = system.model.getCoordinateSet().get(name)
        coordinate.setValue(state, record.coordinates[k, j], False)
        coordinate.setSpeedValue(state, record.speeds[k, j])
    controls = opensim.Vector(len(muscles.names), 0.0)
    for j, name in enumerate(muscles.names):
        muscle = opensim.Thelen2003Muscle.safeDownCast(system.model.getMuscles().get(name))
        muscle.setActivation(state, muscles.activations[k, j])
        opensim.ActivationFiberLengthMuscle.safeDownCast(muscle).setFiberLength(state, record.fiber_lengths[k, j])
        controls[j] = muscles.excitations[k, j]
    system.model.realizeVelocity(state)
    system.model.setControls(state, controls)
    system.model.realizeDynamics(state)
