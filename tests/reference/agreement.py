"""How far two simulators disagree on a named quantity, relative to a scale with a meaning.

The error of one value is its difference over max(scale, size of the value): a small value is judged against what the
quantity usually is, a violent one against itself. Where values are sums over the body (accelerations, forces on the
whole) rounding follows the largest part, so they are judged against the largest value of the same state. OpenSim adds
active and passive force before it multiplies by the velocity: a power is judged against the powers of these parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Quantities = Mapping[str, Array]


@dataclass(frozen=True)
class Scale:
    """The size below which a value counts as small, and why."""

    value: float
    unit: str
    reason: str
    whole_body: bool = False


SCALES = {
    "coordinates": Scale(1.0, "rad, m", "a large joint angle; the size of the body"),
    "speeds": Scale(1.0, "rad/s, m/s", "walking"),
    "activations": Scale(1.0, "1", "full activation"),
    "fiber_lengths": Scale(0.1, "m", "a fiber"),
    "accelerations": Scale(10.0, "rad/s², m/s²", "gravity; one joint's rounding reaches all", whole_body=True),
    "musculotendon_lengths": Scale(0.1, "m", "the shorter half of the muscles"),
    "musculotendon_velocities": Scale(0.1, "m/s", "a muscle in slow walking"),
    "moment_arms": Scale(0.01, "m", "a small moment arm"),
    "pennation_angles": Scale(0.1, "rad", "a small pennation angle"),
    "fiber_velocities": Scale(1.0, "m/s", "15 optimal fiber lengths per second of the shortest fiber"),
    "active_fiber_forces": Scale(500.0, "N", "maximum isometric force of the weakest muscle"),
    "passive_fiber_forces": Scale(500.0, "N", "maximum isometric force of the weakest muscle"),
    "tendon_forces": Scale(500.0, "N", "maximum isometric force of the weakest muscle"),
    "fiber_powers": Scale(500.0, "W", "weakest muscle's force at 1 m/s"),
    "activation_rates": Scale(10.0, "1/s", "a tenth of the fastest rate"),
    "contact_forces": Scale(700.0, "N", "body weight"),
    "obstacle_forces": Scale(100.0, "N", "a brush against an obstacle"),
    "ground_reaction": Scale(700.0, "N", "body weight", whole_body=True),
    "limit_torques": Scale(10.0, "N m", "a ligament just taut"),
    "center_of_mass": Scale(1.0, "m", "the size of the body"),
    "center_of_mass_velocity": Scale(1.0, "m/s", "walking", whole_body=True),
    "body_positions": Scale(1.0, "m", "the size of the body"),
    "body_velocities": Scale(1.0, "m/s", "walking", whole_body=True),
    "body_angles": Scale(1.0, "rad", "a large angle"),
    "kinetic_energy": Scale(100.0, "J", "walking"),
    "potential_energy": Scale(100.0, "J", "lifting the body by 0.14 m"),
}


def relative_errors(name: str, ours: Quantities, reference: Quantities) -> Array:
    """Error of every value, states along the first axis; a NaN in only one of the two counts as infinite."""
    size = np.maximum(SCALES[name].value, _sizes(name, reference))
    errors = np.abs(ours[name] - reference[name]) / size
    return np.where(np.isnan(errors), np.inf, errors)


def _sizes(name: str, reference: Quantities) -> Array:
    if name == "fiber_powers":
        forces = np.abs(reference["active_fiber_forces"]) + np.abs(reference["passive_fiber_forces"])
        return forces * np.abs(reference["fiber_velocities"])
    sizes = np.abs(reference[name])
    if SCALES[name].whole_body:
        return np.asarray(sizes.max(axis=tuple(range(1, sizes.ndim)), keepdims=True))
    return sizes


def describe_worst(name: str, ours: Quantities, reference: Quantities) -> str:
    """The largest error with the two values behind it."""
    errors = relative_errors(name, ours, reference)
    index = tuple(int(i) for i in np.unravel_index(int(errors.argmax()), errors.shape))
    mine, theirs = ours[name][index], reference[name][index]
    return f"{name}{list(index)}: {mine:.16g}, OpenSim {theirs:.16g}, error {errors[index]:.2e} of scale"
