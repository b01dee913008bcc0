"""What can be told from a trajectory at a glance: speed, steps, one stride of it, the one instant for a thumbnail."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.trajectory import Trajectory
from myorun.trajectory.contacts import Contacts, find_contacts
from myorun.view.pose import Array

_LOADED = 0.05  # of body weight, above which a foot carries
_SHORTEST_SWING = 0.10  # s; a foot that is unloaded for less did not leave the ground
_SHORTEST_STRIDE, _LONGEST_STRIDE = 0.3, 2.0  # s
_WINDOW = 1.0  # s, shown where there is no stride


def body_weight(model: Model) -> float:
    """Mass times gravity [N]."""
    return model.mass * abs(model.gravity[1]) or 1.0


def ground_reaction(trajectory: Trajectory, side: str) -> Array:
    """Force of the ground on one foot, (states, 2) N, NaN where unknown; ``side`` is "r" or "l"."""
    rows = [i for i, sphere in enumerate(trajectory.model.contact_spheres) if sphere.body.endswith(f"_{side}")]
    return np.asarray(trajectory.contact_forces[:, rows].sum(axis=1))


def contacts_of(trajectory: Trajectory, side: str) -> Contacts:
    """When a foot carries; losing the ground for an instant does not end a contact."""
    force = np.nan_to_num(ground_reaction(trajectory, side)[:, 1])
    loaded = force - _LOADED * body_weight(trajectory.model)
    return find_contacts(trajectory.times, loaded, shortest_gap=_SHORTEST_SWING)


def stance(trajectory: Trajectory, side: str) -> NDArray[np.bool_]:
    """Whether a foot carries, in every state."""
    times, contacts = trajectory.times, contacts_of(trajectory, side)
    struck, left = np.searchsorted(contacts.strikes, times), np.searchsorted(contacts.offs, times, side="right")
    return np.asarray(struck > left)


def foot_strikes(trajectory: Trajectory, side: str) -> Array:
    """Times [s] of the first states in which a foot carries after a swing."""
    carries = stance(trajectory, side)
    return np.asarray(trajectory.times[1:][carries[1:] & ~carries[:-1]])


def stride_of(trajectory: Trajectory) -> tuple[float, float]:
    """Start and end [s] of the stride that covers most ground, or of a second of it where nobody strides."""
    strides = [
        (float(a), float(b))
        for side in "rl"
        for a, b in pairwise(foot_strikes(trajectory, side))
        if _SHORTEST_STRIDE <= b - a <= _LONGEST_STRIDE
    ]
    if strides:
        return max(strides, key=lambda stride: _ground_covered(trajectory, *stride))
    middle = float(trajectory.times[0] + trajectory.times[-1]) / 2.0
    half = _WINDOW / 2.0
    return max(middle - half, float(trajectory.times[0])), min(middle + half, float(trajectory.times[-1]))


def telling_moment(trajectory: Trajectory) -> float:
    """The time [s] of the widest step of the longest stride: legs apart, as a runner is remembered."""
    start, end = stride_of(trajectory)
    inside = np.flatnonzero((trajectory.times >= start) & (trajectory.times <= end))
    if len(inside) == 0:
        return start
    return float(trajectory.times[inside[np.argmax(_legs_apart(trajectory)[inside])]])


def forward_speed(trajectory: Trajectory) -> Array:
    """Speed of the centre of mass along x in every state, (states,) m/s, by central differences."""
    masses = np.array([body.mass for body in trajectory.model.bodies])
    centers = np.array([body.mass_center[:2] for body in trajectory.model.bodies])
    cos, sin = np.cos(trajectory.body_angles), np.sin(trajectory.body_angles)
    x = trajectory.body_positions[..., 0] + cos * centers[:, 0] - sin * centers[:, 1]
    return calc_rates(trajectory.times, x @ masses / masses.sum())


def calc_rates(times: Array, values: Array) -> Array:
    """Rates of change of a recorded array (states, …), zero where there is one state only."""
    return np.asarray(np.gradient(values, times, axis=0)) if len(times) > 1 else np.zeros_like(values)


def _legs_apart(trajectory: Trajectory) -> Array:
    """How far the thighs are apart in every state [rad]; zeros for a body without two hips."""
    names = trajectory.coordinate_names
    hips = [names.index(name) for name in ("hip_flexion_r", "hip_flexion_l") if name in names]
    if len(hips) < 2:
        return np.zeros(len(trajectory.times))
    return np.abs(np.diff(trajectory.coordinates[:, hips], axis=1)[:, 0])


def _ground_covered(trajectory: Trajectory, start: float, end: float) -> float:
    x = trajectory.coordinates[:, trajectory.coordinate_names.index("pelvis_tx")]
    return float(np.interp(end, trajectory.times, x) - np.interp(start, trajectory.times, x))


def runs_of(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, last) index of every run of true values."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    return [(int(a), int(b) - 1) for a, b in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)]
