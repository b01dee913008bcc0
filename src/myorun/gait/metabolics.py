"""What the muscles burn: the energy model of Umberger.

B. R. Umberger, K. G. M. Gerritsen & P. E. Martin (2003), *A model of human muscle energy expenditure*, Comput. Methods
Biomech. Biomed. Eng. 6(2):99-111; B. R. Umberger (2010), *Stance and swing phase costs in human walking*, J. R. Soc.
Interface 7(50):1329-1340; with the changes of T. K. Uchida et al. (2016), *Stretching your energetic budget*, PLoS ONE
11(3):e0150378, which OpenSim's probe makes by default. Per kilogram of muscle, with S = 1.5 for aerobic work:

    h_AM = S A^0.6 (128 f + 25)                        heat of activation and maintenance, f the share of fast fibers
    h_SL = −S A² (α_slow v (1 − f) + α_fast v f)       heat of shortening, v ≤ 0 in optimal fiber lengths a second
    h_SL =  S A α_L v                                  heat of lengthening, v > 0
    w    = −F_active v_fiber / m                       mechanical work
    A    = e where e > a, else (e + a) / 2;            α_slow = 100 / (v_max / 2.5), α_fast = 153 / v_max

Beyond the optimal length, 60 % of h_AM and all of h_SL scale with the active force–length curve. The term of the slow
fibers is at most 100 W/kg. Heat is at least 1 W/kg.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.gait.muscles import MuscleMotion

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """Which version of the model, and what it takes for granted."""

    name: str
    lengthening: float  # α_L as a multiple of α_slow
    negative_work: bool  # whether lengthening under load gives energy back
    positive_power: bool  # whether a muscle's power is kept from getting negative, by raising its heat
    recruitment: bool  # slow fibers first (Bhargava et al. 2004), else a constant share
    aerobic: float = 1.5  # S
    slow_share: float = 0.5  # of slow fibers in every muscle
    specific_tension: float = 0.25e6  # N/m²
    density: float = 1059.7  # kg/m³
    basal: float = 1.2  # W/kg of body mass, at rest


UMBERGER_2010 = Settings("Umberger 2010", 0.3, negative_work=False, positive_power=False, recruitment=False)
UCHIDA_2016 = Settings("Umberger 2010 as changed by Uchida 2016", 4.0, True, True, True)


def muscle_masses(muscles: MuscleMotion, settings: Settings = UCHIDA_2016) -> Array:
    """m = ρ l_opt F_max / σ of every muscle [kg]; a weakened muscle is a thin one."""
    volume = [m.max_isometric_force / settings.specific_tension * m.optimal_fiber_length for m in muscles.model.muscles]
    masses: Array = settings.density * muscles.strengths * np.array(volume)
    return masses


def metabolic_powers(muscles: MuscleMotion, settings: Settings = UCHIDA_2016) -> Array:
    """Metabolic power of every muscle along a motion, (t, muscles) W, without the basal rate."""
    own = muscles.model.muscles
    optimal = np.array([m.optimal_fiber_length for m in own])
    length, velocity = muscles.fiber_lengths / optimal, muscles.fiber_velocities / optimal
    e, a = np.clip(muscles.excitations, 0, 1), muscles.activations
    drive = np.where(e > a, e, (e + a) / 2)
    fast = 1 - _slow_share(e, settings)
    isometric = np.exp(-((length - 1) ** 2) / [m.active_shape for m in own])
    masses = muscle_masses(muscles, settings)

    maintenance = _maintenance(drive, fast, length, isometric, settings)
    shortening = _shortening(drive, fast, velocity, [m.max_contraction_velocity for m in own], settings)
    shortening *= np.where(length > 1, isometric, 1.0)
    doing = np.ones_like(velocity, bool) if settings.negative_work else velocity <= 0
    force = np.maximum(muscles.active_fiber_forces, 0.0)  # below zero where the passive fiber alone exceeds the tendon
    work = np.where(doing, -force * muscles.fiber_velocities, 0.0) / masses
    if settings.positive_power:
        shortening -= np.minimum(maintenance + shortening + work, 0.0)
    heat = np.maximum(maintenance + shortening, 1.0)
    powers: Array = (heat + work) * masses
    return powers


def _slow_share(excitation: Array, settings: Settings) -> Array:
    """Share of slow fibers among the active ones, u_s / (u_s + u_f): Bhargava et al. 2004, J. Biomech. 37(1):81-88."""
    if not settings.recruitment:
        return np.full_like(excitation, settings.slow_share)
    slow = settings.slow_share * np.sin(np.pi / 2 * excitation)
    fast = (1 - settings.slow_share) * (1 - np.cos(np.pi / 2 * excitation))
    return np.divide(slow, slow + fast, out=np.ones_like(slow), where=slow + fast > 0)


def _maintenance(drive: Array, fast: Array, length: Array, isometric: Array, settings: Settings) -> Array:
    full = settings.aerobic * drive**0.6 * (128 * fast + 25)
    return np.where(length <= 1, full, full * (0.4 + 0.6 * isometric))


def _shortening(drive: Array, fast: Array, velocity: Array, fastest: list[float], settings: Settings) -> Array:
    slow_slope, fast_slope = 100 / (np.array(fastest) / 2.5), 153 / np.array(fastest)
    slow_part = np.minimum(-slow_slope * velocity, 100.0) * (1 - fast)
    shorter = settings.aerobic * drive**2 * (slow_part - fast_slope * velocity * fast)
    longer = settings.aerobic * drive * settings.lengthening * slow_slope * velocity
    return np.where(velocity <= 0, shorter, longer)
