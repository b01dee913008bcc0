"""What the numbers say, in sentences: where a gait is like human running and where it is not."""

from __future__ import annotations

from dataclasses import dataclass

from myorun.gait.analysis import Gait
from myorun.gait.comparison import Comparison
from myorun.gait.motion import JOINTS

LIKE, UNLIKE = 0.95, 0.8  # correlation with the human curve from which on, and below which
_LATE = 5.0  # % of the cycle that a peak may come early or late
_BENT = 10.0  # degrees of knee flexion at foot strike beyond the human curve that are much
_WITHIN = 0.15  # of a published number
_NOWHERE = 0.3  # m/s
_LIGAMENTS = 0.05  # share of joint work beyond which ligaments carry the gait


@dataclass(frozen=True)
class Remark:
    """One sentence, and whether it speaks for the gait being human."""

    human: bool
    text: str


def remarks(gait: Gait) -> tuple[Remark, ...]:
    """The sentences about a gait, in the order of the report."""
    return (*_kind(gait), *_curves(gait), *_knee(gait), *_loads(gait), *_steadiness(gait))


def _kind(gait: Gait) -> list[Remark]:
    duty = gait.measure("duty_factor")
    if duty is None:
        return []
    if gait.speed < _NOWHERE:
        return [Remark(False, f"It gets nowhere: {gait.speed:.2f} m/s.")]
    runs = duty.value < 0.5
    text = f"It {'runs' if runs else 'walks'}: each foot is on the ground for {100 * duty.value:.0f} % of a stride"
    if gait.speed == gait.speed and abs(gait.speed - gait.human_speed) > 0.25:
        text += f". It moves at {gait.speed:.2f} m/s, the human compared with runs at {gait.human_speed:.1f} m/s"
    return [Remark(runs, text + ".")]


def _curves(gait: Gait) -> list[Remark]:
    return [_curve(name, c) for name in JOINTS if (c := gait.comparisons.get(name))]


def _curve(name: str, c: Comparison) -> Remark:
    alike = "is human in shape" if c.correlation >= LIKE else "is human in outline"
    word = alike if c.correlation >= UNLIKE else "is not that of a human"
    moved = ", its mean aside" if c.offset else ""
    text = (
        f"The {name} {word} (r = {c.correlation:.2f}): {c.rms_difference:.0f}° off in the root mean square"
        f"{moved}, inside the human band for {100 * c.inside:.0f} % of the cycle"
    )
    if abs(c.lag) > _LATE / 2:
        text += f", {abs(c.lag):.0f} % of the cycle {'late' if c.lag > 0 else 'early'}"
    return Remark(c.correlation >= LIKE, text + ".")


def _knee(gait: Gait) -> list[Remark]:
    """The two findings of the 2018 paper: knees too bent at foot strike, and a peak at 80 % instead of 65 %."""
    human, knee = gait.human_curves().get("knee"), gait.comparisons.get("knee")
    strike, peak = gait.measure("knee_at_contact"), gait.measure("knee_peak_flexion_time")
    if human is None or knee is None or strike is None or peak is None:
        return []
    excess = strike.value - human.mean[0]
    late = peak.value - knee.human_peak_time
    bent = "as in humans" if abs(excess) <= _BENT else "too bent" if excess > 0 else "too straight"
    timing = "as in humans" if abs(late) <= _LATE else "too late" if late > 0 else "too early"
    return [
        Remark(
            abs(excess) <= _BENT,
            f"At foot strike the knee is flexed by {strike.value:.0f}°, {bent} ({human.mean[0]:.0f}°).",
        ),
        Remark(
            abs(late) <= _LATE,
            f"Its flexion peaks at {peak.value:.0f} % of the cycle, {timing} ({knee.human_peak_time:.0f} %).",
        ),
    ]


def _loads(gait: Gait) -> list[Remark]:
    found = []
    force, share, cost = (gait.measure(k) for k in ("peak_vertical_force", "ligament_share", "cost_of_transport"))
    if force is not None:
        text = f"The ground pushes with up to {force.value:.1f} body weights; humans at 4 m/s meet 2.7."
        found.append(Remark(force.value <= 2.67 * (1 + _WITHIN), text))
    if share is not None:
        leans = share.value > _LIGAMENTS
        text = f"Ligaments turn over {100 * share.value:.0f} % of the work at the joints"
        found.append(Remark(not leans, text + (": it leans on the limits of its joints." if leans else ".")))
    if cost is not None:
        text = f"A metre costs {cost.value:.1f} J/kg; running costs humans about 3.8."
        found.append(Remark(cost.value <= 3.8 * (1 + _WITHIN), text))
    return found


def _steadiness(gait: Gait) -> list[Remark]:
    s = gait.stability
    text = f"Stride times vary by {s.stride_time_variation:.1f} %"
    text += f", joint angles by {s.angle_variation:.1f}°." if s.angle_variation == s.angle_variation else "."
    found = [Remark(s.stride_time_variation < 5.0, text)]
    limps = [m for m in gait.measures if (m.asymmetry or 0.0) > 10.0]
    if limps:
        worst = max(limps, key=lambda m: m.asymmetry or 0.0)
        name = worst.key.replace("_", " ")
        found.append(Remark(False, f"It limps: its {name} differs by {worst.asymmetry:.0f} % between the sides."))
    if gait.motion.fallen:
        text = f"It falls after {gait.motion.duration:.2f} s; the strides before that are in the means."
        found.append(Remark(False, text))
    return found
