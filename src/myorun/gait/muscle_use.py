"""What each muscle did over a stride: its force, its lengths and speeds, the work it gave and took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.gait.cycles import Curve, Stride, curve_of
from myorun.gait.motion import side_of
from myorun.gait.muscles import MuscleMotion

Array = NDArray[np.float64]


MUSCLE_UNITS = {
    "activation": "",
    "force": "N",  # of the tendon
    "fiber_length": "optimal fiber lengths",
    "fiber_velocity": "optimal fiber lengths/s",  # lengthening positive
    "fiber_power": "W",  # of the fiber, positive where it shortens
}


@dataclass(frozen=True)
class MuscleUse:
    """Of one muscle, averaged over the strides of its side."""

    muscle: str
    mean_activation: float  # 0..1
    peak_activation: float  # 0..1
    peak_force: float  # N, of the tendon
    peak_force_share: float  # of its maximum isometric force
    shortest_fiber: float  # optimal fiber lengths
    longest_fiber: float  # optimal fiber lengths
    fastest_shortening: float  # optimal fiber lengths a second
    fastest_lengthening: float  # likewise
    positive_work: float  # J/kg of body mass, of the fiber, a stride
    negative_work: float  # likewise
    metabolic_energy: float  # J/kg of body mass, a stride


def muscle_uses(
    muscles: MuscleMotion, metabolic_powers: Array, strides: Sequence[Stride], mass: float
) -> tuple[MuscleUse, ...]:
    """The use of every muscle, in the order of the model; of those without a side over all strides.

    Args:
        muscles: along the motion.
        metabolic_powers: (t, muscles) W.
        strides: which count.
        mass: of the body [kg].
    """
    uses = []
    for k, name in enumerate(muscles.names):
        own = [s for s in strides if side_of(name) in (None, s.side)]
        rows = np.array([_of_stride(muscles, metabolic_powers[:, k], k, stride, mass) for stride in own])
        uses.append(MuscleUse(name, *map(float, rows.mean(axis=0))))
    return tuple(uses)


def muscle_curves(muscles: MuscleMotion, strides: Sequence[Stride]) -> Mapping[str, Mapping[str, Curve]]:
    """Mean cycles of every muscle by quantity, in :data:`MUSCLE_UNITS`; of its own side, if it has one."""
    optimal = np.array([muscle.optimal_fiber_length for muscle in muscles.model.muscles])
    quantities = {
        "activation": muscles.activations,
        "force": muscles.tendon_forces,
        "fiber_length": muscles.fiber_lengths / optimal,
        "fiber_velocity": muscles.fiber_velocities / optimal,
        "fiber_power": muscles.fiber_powers,
    }
    own = {name: [s for s in strides if side_of(name) in (None, s.side)] for name in muscles.names}
    return {
        quantity: {
            name: curve_of(muscles.times, values[:, k], own[name], smooth=False) for k, name in enumerate(muscles.names)
        }
        for quantity, values in quantities.items()
    }


def _of_stride(muscles: MuscleMotion, burnt: Array, k: int, stride: Stride, mass: float) -> list[float]:
    inside = (muscles.times >= stride.start) & (muscles.times <= stride.end)
    times, muscle = muscles.times[inside], muscles.model.muscles[k]
    activation, force, power = (
        array[inside, k] for array in (muscles.activations, muscles.tendon_forces, muscles.fiber_powers)
    )
    length, velocity = (
        array[inside, k] / muscle.optimal_fiber_length for array in (muscles.fiber_lengths, muscles.fiber_velocities)
    )
    strongest = muscle.max_isometric_force * muscles.strengths[k]

    def integral(values: Array) -> float:
        """Over the stride, whose ends lie between samples."""
        return float(np.trapezoid(values, times) * stride.duration / (times[-1] - times[0]))

    return [
        integral(activation) / stride.duration,
        float(activation.max()),
        float(force.max()),
        float(force.max() / strongest),
        float(length.min()),
        float(length.max()),
        float(-velocity.min()),
        float(velocity.max()),
        integral(np.maximum(power, 0)) / mass,
        integral(np.minimum(power, 0)) / mass,
        integral(burnt[inside]) / mass,
    ]
