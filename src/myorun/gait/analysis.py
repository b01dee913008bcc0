"""A gait, analysed: :func:`analyse`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError
from myorun.gait.comparison import Comparison, compare
from myorun.gait.cycles import PROTOCOLS, Curve, Protocol, Stride, curve_of, of_side, strides_of
from myorun.gait.events import EventSettings
from myorun.gait.human import HumanCurve, HumanRunning, human_running
from myorun.gait.measures import Measure, measures_of
from myorun.gait.motion import JOINTS, SIDES, Motion, motion_of, side_of
from myorun.gait.muscle_use import MuscleUse, muscle_curves, muscle_uses
from myorun.gait.signals import Signals
from myorun.gait.stability import Stability, stability_of
from myorun.trajectory import Trajectory

Array = NDArray[np.float64]
Curves = Mapping[str, Curve]

COMPARED = (*JOINTS, "thigh", "vertical_force", "forward_force")
PAPER_SPEED = 4.0  # m/s of the humans in the 2018 paper, for motions whose speed is not known
FREE_OFFSET = ("hip",)  # curves whose zero is a matter of convention
UNITS = {
    **dict.fromkeys((*JOINTS, "thigh", "pelvis_tilt"), "°"),
    **dict.fromkeys(("vertical_force", "forward_force"), "body weights"),
    **{f"{joint}_moment": "N m/kg" for joint in JOINTS},
    **{f"{joint}_power": "W/kg" for joint in JOINTS},
}


@dataclass(frozen=True, eq=False)
class Gait:
    """What the movement means."""

    motion: Motion
    protocol: Protocol
    signals: Signals
    strides: tuple[Stride, ...]
    measures: tuple[Measure, ...]
    curves: Mapping[str, Curves]  # "right", "left", "both" → name → curve; units in UNITS
    activations: Mapping[str, Curve]  # muscle without its side → both sides' mean cycle; empty where not known
    muscles: tuple[MuscleUse, ...]  # what each muscle did; empty where not known
    muscle_curves: Mapping[str, Mapping[str, Curve]]  # activation, force, … → muscle → its mean cycle
    human: HumanRunning
    human_speed: float  # m/s of the human curves compared with
    comparisons: Mapping[str, Comparison]  # by the name of the curve
    stability: Stability

    @property
    def name(self) -> str:
        """Of the motion."""
        return self.motion.name

    def measure(self, key: str) -> Measure | None:
        """The measure of that key, if the motion tells it."""
        return next((m for m in self.measures if m.key == key), None)

    @property
    def speed(self) -> float:
        """Mean forward speed [m/s]; NaN where the pelvis' position is not known."""
        measure = self.measure("speed")
        return float("nan") if measure is None else measure.value

    def human_curves(self) -> dict[str, HumanCurve]:
        """Human running at :attr:`human_speed`."""
        return self.human.at(self.human_speed)


def analyse(
    motion: Motion | Trajectory,
    *,
    protocol: Protocol | str = "paper",
    human: HumanRunning | None = None,
    human_speed: float | None = None,
    settings: EventSettings | None = None,
) -> Gait:
    """Find the cycles of a motion, its measures and mean curves, and compare them with human running.

    Args:
        motion: what moved.
        protocol: which part of it counts, or the name of one of :data:`PROTOCOLS`.
        human: reference curves; those that come with the package if omitted.
        human_speed: m/s to compare with; the motion's own, as far as ``human`` reaches, if omitted.
        settings: of event detection.

    Raises:
        UsageError: if there is no gait in the motion, no such protocol, or the speed is none.
    """
    if human_speed is not None and not 0 < human_speed < np.inf:
        raise UsageError(f"human_speed is {human_speed}; a positive number of metres a second is wanted")
    chosen = _protocol(protocol)
    moved = motion_of(motion) if isinstance(motion, Trajectory) else motion
    s = settings or EventSettings()
    signals = Signals(moved, s)
    strides = strides_of(signals, chosen)
    reference = human or human_running()
    measures = measures_of(signals, strides)
    curves = {side: _curves(signals, of_side(strides, side)) for side in (*SIDES, "both")}
    speed = next((m.value for m in measures if m.key == "speed"), PAPER_SPEED)
    compared = reference.nearest_speed(speed if human_speed is None else human_speed)
    return Gait(
        motion=moved,
        protocol=chosen,
        signals=signals,
        strides=strides,
        measures=measures,
        curves=curves,
        activations=_activations(signals, strides),
        muscles=_muscle_uses(signals, strides),
        muscle_curves={} if signals.muscles is None else muscle_curves(signals.muscles, strides),
        human=reference,
        human_speed=compared,
        comparisons=_comparisons(curves["both"], reference.at(compared)),
        stability=stability_of(moved, strides, [c.deviation for n, c in curves["both"].items() if n in JOINTS]),
    )


def _protocol(protocol: Protocol | str) -> Protocol:
    if isinstance(protocol, Protocol):
        return protocol
    if protocol not in PROTOCOLS:
        raise UsageError(f"protocol is {protocol!r}; it must be one of {', '.join(PROTOCOLS)}")
    return PROTOCOLS[protocol]


def _curves(signals: Signals, strides: tuple[Stride, ...]) -> Curves:
    motion = signals.motion
    smooth = {joint: motion.angles[:, :, j] for j, joint in enumerate(JOINTS)}
    smooth["pelvis_tilt"] = motion.pelvis[:, 0]
    smooth["thigh"] = motion.angles[:, :, 0] + motion.pelvis[:, :1]
    curves = {k: curve_of(motion.times, v, strides) for k, v in smooth.items() if np.isfinite(v).all()}
    if signals.forces is not None and motion.force_times is not None:
        for k, name in enumerate(("forward_force", "vertical_force")):
            curves[name] = curve_of(motion.force_times, signals.forces[..., k], strides, smooth=False)
    if signals.loads is not None and motion.mass:
        for j, joint in enumerate(JOINTS):
            for name, values in (("moment", signals.loads.moments), ("power", signals.loads.powers)):
                per_mass = values[..., j] / motion.mass
                curves[f"{joint}_{name}"] = curve_of(motion.times, per_mass, strides, smooth=False)
    return curves


def _activations(signals: Signals, strides: tuple[Stride, ...]) -> dict[str, Curve]:
    muscles = signals.muscles
    if muscles is None:
        return {}
    found = {}
    for k, name in enumerate(muscles.names):
        if side_of(name) != 0:
            continue
        other = muscles.names.index(f"{name[:-1]}l") if f"{name[:-1]}l" in muscles.names else k
        found[name[:-2]] = curve_of(muscles.times, muscles.activations[:, [k, other]], strides, smooth=False)
    return found


def _muscle_uses(signals: Signals, strides: tuple[Stride, ...]) -> tuple[MuscleUse, ...]:
    if signals.muscles is None or signals.metabolic_powers is None or not signals.motion.mass:
        return ()
    return muscle_uses(signals.muscles, signals.metabolic_powers, strides, signals.motion.mass)


def _comparisons(curves: Curves, human: Mapping[str, HumanCurve]) -> dict[str, Comparison]:
    return {
        name: compare(curves[name].mean, human[name], free_offset=name in FREE_OFFSET)
        for name in COMPARED
        if name in curves and name in human
    }
