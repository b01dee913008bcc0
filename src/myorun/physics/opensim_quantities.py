"""The named quantities of physics, each asked of OpenSim itself.

Every function takes the system at a state realized to accelerations and answers in SI units.

Contact forces belong to spheres, while OpenSim records what one HuntCrossleyForce does to each *body*. Here heel and
toe sit on different bodies (calcn and toes), so the record of ``foot_r`` on ``calcn_r`` is the force on ``r_heel``. A
model with two spheres of one contact on one body cannot be told apart and is refused when contact forces are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from myorun.anatomy.model import Constant, Joint, Linear, Model
from myorun.errors import ModelError
from myorun.physics.opensim_system import OpenSimSystem
from myorun.physics.state import Array

Quantity = Callable[[OpenSimSystem], Array]


# ---------------------------------------------------------------- motion


def _coordinates(system: OpenSimSystem) -> Array:
    return system.read(system.state)[0]


def _speeds(system: OpenSimSystem) -> Array:
    return system.read(system.state)[1]


def _accelerations(system: OpenSimSystem) -> Array:
    return np.array(system.state.getUDot().to_numpy()[system.q])


def _plane(vectors: Iterable[object]) -> Array:
    return np.array([vector.to_numpy()[:2] for vector in vectors])  # type: ignore[attr-defined]


def _body_positions(system: OpenSimSystem) -> Array:
    return _plane(body.getPositionInGround(system.state) for body in system.bodies)


def _body_velocities(system: OpenSimSystem) -> Array:
    return _plane(body.getLinearVelocityInGround(system.state) for body in system.bodies)


def _body_angles(system: OpenSimSystem) -> Array:
    """Rotation of every body about z, unwrapped: the turns that the coordinates count are kept."""
    forward = system.opensim.Vec3(1, 0, 0)
    axes = _plane(body.expressVectorInGround(system.state, forward) for body in system.bodies)
    folded = [math.atan2(y, x) for x, y in axes]
    counted = _counted_angles(system)
    turns = [round((c - f) / (2 * math.pi)) for c, f in zip(counted, folded, strict=True)]
    return np.array(folded) + 2 * math.pi * np.array(turns)


def _counted_angles(system: OpenSimSystem) -> list[float]:
    values = {c.name: c.default_value for c in system.source.coordinates}
    values |= {c.name: float(v) for c, v in zip(system.source.free_coordinates, _coordinates(system), strict=True)}
    angles = {"ground": 0.0}
    for joint in system.source.joints:
        turn = joint.parent_orientation + _rotation(joint, values) - joint.child_orientation
        angles[joint.child] = angles[joint.parent] + turn
    return [angles[body.name] for body in system.source.bodies]


def _rotation(joint: Joint, values: Mapping[str, float]) -> float:
    function = joint.rotation.function
    if isinstance(function, Constant):
        return function.value
    x = values[joint.rotation.coordinate or ""]
    if isinstance(function, Linear):
        return function.slope * x + function.intercept
    return float(np.interp(x, function.x, function.y))  # only whole turns are taken from it


def _center_of_mass(system: OpenSimSystem) -> Array:
    position: Array = _plane([system.model.calcMassCenterPosition(system.state)])[0]
    return position


def _center_of_mass_velocity(system: OpenSimSystem) -> Array:
    velocity: Array = _plane([system.model.calcMassCenterVelocity(system.state)])[0]
    return velocity


def _kinetic_energy(system: OpenSimSystem) -> Array:
    return np.array([system.model.calcKineticEnergy(system.state)])


def _potential_energy(system: OpenSimSystem) -> Array:
    """Of gravity alone, zero where the center of mass is at the origin; OpenSim's own sum adds springs to it."""
    weight = system.model.getTotalMass(system.state) * np.array(system.source.gravity)
    return np.array([-float(weight @ _center_of_mass(system))])


# ---------------------------------------------------------------- muscles


def _per_muscle(method: str) -> Quantity:
    def quantity(system: OpenSimSystem) -> Array:
        return np.array([getattr(muscle, method)(system.state) for muscle in system.muscles])

    return quantity


def _activations(system: OpenSimSystem) -> Array:
    return system.read(system.state)[2]


def _fiber_lengths(system: OpenSimSystem) -> Array:
    return system.read(system.state)[3]


def _activation_rates(system: OpenSimSystem) -> Array:
    return np.array(system.state.getZDot().to_numpy()[system.activation_z])


def _fiber_powers(system: OpenSimSystem) -> Array:
    force, velocity = _per_muscle("getFiberForce")(system), _per_muscle("getFiberVelocity")(system)
    return -force * velocity


def _moment_arms(system: OpenSimSystem) -> Array:
    """Minus the generalized force of a unit tension: the lengthening speed is linear in the speeds, so light one up."""
    state = system.opensim.State(system.state)
    arms = np.empty((len(system.muscles), len(system.q)))
    for column, index in enumerate(system.q):
        speeds = np.zeros(len(system.rest_q))
        speeds[index] = 1.0
        state.setU(system.vector(speeds))
        system.model.realizeVelocity(state)
        arms[:, column] = [-muscle.getLengtheningSpeed(state) for muscle in system.muscles]
    return arms


def _muscle_torques(system: OpenSimSystem) -> Array:
    torques: Array = _moment_arms(system).T @ _per_muscle("getTendonForce")(system)
    return torques


# ---------------------------------------------------------------- contacts and ligaments


def _sphere_forces(system: OpenSimSystem, names: Iterable[str]) -> Array:
    """Force of the named HuntCrossleyForces on the body of every contact sphere."""
    _refuse_shared_bodies(system.source)
    total = np.zeros((len(system.source.contact_spheres), 2))
    for name in names:
        record = _record(system, name)
        for row, sphere in enumerate(system.source.contact_spheres):
            total[row] += [record.get(f"{name}.{sphere.body}.force.{axis}", 0.0) for axis in "XY"]
    return total


def _refuse_shared_bodies(model: Model) -> None:
    bodies = [sphere.body for sphere in model.contact_spheres]
    shared = sorted({body for body in bodies if bodies.count(body) > 1})
    if shared:
        raise ModelError(
            f"OpenSim records contact forces per body, and {', '.join(shared)} of model {model.name!r} carries more "
            "than one contact sphere; ask for ground_reaction, or use the native physics"
        )


def _record(system: OpenSimSystem, name: str) -> dict[str, float]:
    labels, values = system.forces[name].getRecordLabels(), system.forces[name].getRecordValues(system.state)
    return {labels.get(i): values.get(i) for i in range(labels.getSize())}


def _contact_forces(system: OpenSimSystem) -> Array:
    return _sphere_forces(system, (contact.name for contact in system.source.ground_contacts))


def _obstacle_forces(system: OpenSimSystem) -> Array:
    ground = {contact.name for contact in system.source.ground_contacts}
    touching = (n for n, f in system.forces.items() if f.getConcreteClassName() == "HuntCrossleyForce")
    return _sphere_forces(system, (name for name in touching if name not in ground))


def _ground_reaction(system: OpenSimSystem) -> Array:
    """What the ground does to the body: minus what every ground contact does to the ground."""
    total = np.zeros(2)
    for contact in system.source.ground_contacts:
        record = _record(system, contact.name)
        total -= [record[f"{contact.name}.ground.force.{axis}"] for axis in "XY"]
    return total


def _limit_torques(system: OpenSimSystem) -> Array:
    return np.array([system.forces[limit.name].getRecordValues(system.state).get(0) for limit in system.source.limits])


QUANTITIES: Mapping[str, Quantity] = {
    "coordinates": _coordinates,
    "speeds": _speeds,
    "activations": _activations,
    "fiber_lengths": _fiber_lengths,
    "accelerations": _accelerations,
    "musculotendon_lengths": _per_muscle("getLength"),
    "musculotendon_velocities": _per_muscle("getLengtheningSpeed"),
    "moment_arms": _moment_arms,
    "muscle_torques": _muscle_torques,
    "pennation_angles": _per_muscle("getPennationAngle"),
    "fiber_velocities": _per_muscle("getFiberVelocity"),
    "active_fiber_forces": _per_muscle("getActiveFiberForce"),
    "passive_fiber_forces": _per_muscle("getPassiveFiberForce"),
    "tendon_forces": _per_muscle("getTendonForce"),
    "fiber_powers": _fiber_powers,
    "activation_rates": _activation_rates,
    "contact_forces": _contact_forces,
    "obstacle_forces": _obstacle_forces,
    "ground_reaction": _ground_reaction,
    "limit_torques": _limit_torques,
    "center_of_mass": _center_of_mass,
    "center_of_mass_velocity": _center_of_mass_velocity,
    "body_positions": _body_positions,
    "body_velocities": _body_velocities,
    "body_angles": _body_angles,
    "kinetic_energy": _kinetic_energy,
    "potential_energy": _potential_energy,
}
