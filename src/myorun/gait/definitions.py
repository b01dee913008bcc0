"""What every measure means: its name, unit, definition and source, in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Definition:
    """One measure. Unless it says otherwise it is found for every stride and averaged over strides."""

    label: str
    unit: str
    meaning: str
    group: str
    decimals: int = 2
    symmetry: bool = False  # whether right and left are compared
    source: str = ""  # that defines it so; empty where this package does


NOVACHECK = "Novacheck 1998, Gait & Posture 7(1):77-95"
WINTER = "Winter 2009, Biomechanics and Motor Control of Human Movement, 4th ed."
KIDZINSKI = "Kidziński et al. 2018, Learning to Run challenge solutions"
UMBERGER = "Umberger 2010, J. R. Soc. Interface 7:1329, as changed by Uchida et al. 2016, PLoS ONE 11:e0150378"
DINGWELL = "Dingwell & Kang 2007, J. Biomech. Eng. 129(4):586-593"
PACE, ANGLES, FORCES, LOADS, MUSCLES, STABILITY, COMPARISON = (
    "Pace and posture",
    "Joint angles",
    "Ground reaction",
    "Joint moments and powers",
    "Muscles",
    "Symmetry and stability",
    "Comparison with humans",
)
_SOURCES = {  # of the groups' measures, unless they name their own
    PACE: NOVACHECK,
    ANGLES: WINTER,
    FORCES: "Munro, Miller & Fuglevand 1987, J. Biomech. 20(2):147-155",
    LOADS: "Winter 1983, J. Biomech. 16(1):91-97",
}
_IC = "from foot strike (0 %) to the next strike of the same foot (100 %)"

DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    {
        "speed": Definition("speed", "m/s", "distance of the pelvis over a stride, by its time", PACE),
        "stride_length": Definition("stride length", "m", "distance of the pelvis from strike to strike", PACE),
        "stride_time": Definition("stride time", "s", f"a gait cycle: {_IC}", PACE, 3, True),
        "stride_frequency": Definition("stride frequency", "Hz", "1 / stride time", PACE),
        "contact_time": Definition("contact time", "s", "foot strike to toe off", PACE, 3, True),
        "duty_factor": Definition(
            "duty factor",
            "",
            "contact time / stride time; running is below 0.5, walking above",
            PACE,
            3,
            True,
            "Alexander 1989, Physiol. Rev. 69:1199",
        ),
        "flight_time": Definition("flight time", "s", "both feet in the air, a step (half a stride)", PACE, 3),
        "double_support_time": Definition("double support", "s", "both feet on the ground, a step", PACE, 3),
        "vertical_oscillation": Definition(
            "vertical oscillation",
            "m",
            "highest less lowest centre of mass in a stride; the pelvis' without a model",
            PACE,
            3,
            source="Williams & Cavanagh 1987, J. Appl. Physiol. 63(3):1236-1245",
        ),
        "trunk_lean": Definition(
            "trunk lean",
            "°",
            "mean angle of the torso to the vertical, forward positive; the pelvis' without a model",
            PACE,
            1,
            source="Williams & Cavanagh 1987, J. Appl. Physiol. 63(3):1236-1245",
        ),
        "hip_range": Definition("hip range", "°", "greatest less smallest hip flexion", ANGLES, 1, True),
        "hip_peak_flexion": Definition("hip peak flexion", "°", "greatest hip flexion", ANGLES, 1),
        "hip_peak_flexion_time": Definition(
            "time of hip peak flexion", "% of cycle", "when hip flexion is greatest", ANGLES, 0
        ),
        "hip_peak_extension": Definition("hip peak extension", "°", "smallest hip flexion", ANGLES, 1),
        "hip_peak_extension_time": Definition(
            "time of hip peak extension", "% of cycle", "when hip flexion is smallest", ANGLES, 0
        ),
        "knee_range": Definition("knee range", "°", "greatest less smallest knee flexion", ANGLES, 1, True),
        "knee_at_contact": Definition(
            "knee at foot strike", "°", "knee flexion at 0 %; the first finding of 2018", ANGLES, 1, source=KIDZINSKI
        ),
        "knee_peak_flexion_stance": Definition(
            "knee peak flexion, stance", "°", "greatest knee flexion between foot strike and toe off", ANGLES, 1
        ),
        "knee_peak_flexion": Definition("knee peak flexion", "°", "greatest knee flexion of the cycle", ANGLES, 1),
        "knee_peak_flexion_time": Definition(
            "time of knee peak flexion",
            "% of cycle",
            "when knee flexion is greatest; 65 % in humans, 80 % in the gaits of 2017",
            ANGLES,
            0,
            source=KIDZINSKI,
        ),
        "ankle_range": Definition("ankle range", "°", "greatest less smallest dorsiflexion", ANGLES, 1, True),
        "ankle_peak_dorsiflexion": Definition("ankle peak dorsiflexion", "°", "greatest dorsiflexion", ANGLES, 1),
        "ankle_peak_plantarflexion": Definition("ankle peak plantarflexion", "°", "smallest dorsiflexion", ANGLES, 1),
        "peak_vertical_force": Definition(
            "peak vertical force", "BW", "greatest vertical force of a contact, in body weights", FORCES, 2, True
        ),
        "vertical_impulse": Definition(
            "vertical impulse",
            "BW s",
            "vertical force integrated over a contact; half a stride time in a steady gait",
            FORCES,
            3,
            True,
        ),
        "peak_braking_force": Definition("peak braking force", "BW", "most backward force of a contact", FORCES),
        "peak_propulsive_force": Definition("peak propulsive force", "BW", "most forward force of a contact", FORCES),
        "braking_impulse": Definition("braking impulse", "BW s", "backward force integrated over a contact", FORCES, 3),
        "propulsive_impulse": Definition("propulsive impulse", "BW s", "forward force, likewise", FORCES, 3),
        **{
            f"{joint}_peak_moment": Definition(
                f"{joint} peak moment",
                "N m/kg",
                f"greatest {what} moment of muscles and ligaments, by inverse dynamics",
                LOADS,
            )
            for joint, what in (("hip", "extension"), ("knee", "extension"), ("ankle", "plantarflexion"))
        },
        **{
            f"{joint}_{sign}_work": Definition(
                f"{joint} {sign} work", "J/kg", f"{sign} joint power integrated over a stride", LOADS
            )
            for joint in ("hip", "knee", "ankle")
            for sign in ("positive", "negative")
        },
        "residual_force": Definition(
            "residual force",
            "BW",
            "root mean square of the force on the pelvis that nothing explains; over the strides' whole time",
            LOADS,
            3,
            source="Hicks et al. 2015, J. Biomech. Eng. 137(2):020905",
        ),
        "mean_activation": Definition(
            "mean activation", "", "of all muscles of one leg, over a stride", MUSCLES, 3, True
        ),
        "fiber_positive_work": Definition("positive fiber work", "J/kg", "of all muscles, a stride", MUSCLES),
        "fiber_negative_work": Definition("negative fiber work", "J/kg", "of all muscles, a stride", MUSCLES),
        "metabolic_power": Definition(
            "metabolic power",
            "W/kg",
            "of all muscles, without the rate at rest",
            MUSCLES,
            source=UMBERGER,
        ),
        "cost_of_transport": Definition(
            "cost of transport", "J/kg/m", "metabolic power / speed", MUSCLES, source=UMBERGER
        ),
        "ligament_share": Definition(
            "ligament share",
            "",
            "work that ligaments turn over, as a share of that of all joints; zero in a healthy gait",
            MUSCLES,
            3,
        ),
    }
)

# What is found of all strides together, or of a curve beside the human one.
OF_A_GAIT: Mapping[str, Definition] = MappingProxyType(
    {
        "stride_time_variation": Definition(
            "stride time varies by",
            "%",
            "standard deviation of stride times, as a share of their mean",
            STABILITY,
            source="Hausdorff 2005, J. NeuroEng. Rehabil. 2:19",
        ),
        "angle_variation": Definition(
            "joint angles vary by",
            "°",
            "standard deviation over strides, averaged over the cycle and the joints",
            STABILITY,
            source=DINGWELL,
        ),
        "floquet_multiplier": Definition(
            "largest Floquet multiplier",
            "",
            "by what a disturbance at foot strike is multiplied until the next; below 1 it dies out",
            STABILITY,
            source=f"Hurmuzlu & Basdogan 1994, J. Biomech. Eng. 116(1):30-36; {DINGWELL}",
        ),
        "asymmetry": Definition(
            "asymmetry",
            "%",
            "difference of right and left, as a share of their mean",
            STABILITY,
            source="Robinson et al. 1987, J. Manipulative Physiol. Ther. 10(4):172-176",
        ),
        "rms_difference": Definition(
            "RMS difference", "", "root mean square of the mean cycle less the human one, in its unit", COMPARISON
        ),
        "correlation": Definition("correlation", "", "Pearson's, over 0, 1, … 100 % of the cycle", COMPARISON),
        "lag": Definition(
            "later by",
            "% of cycle",
            "the shift of the human cycle at which the circular cross-correlation is greatest",
            COMPARISON,
        ),
        "inside": Definition(
            "inside band", "", "share of the cycle within two standard deviations of the human mean", COMPARISON
        ),
    }
)


def source_of(key: str) -> str:
    """Who defined a measure so; empty where this package does."""
    definition = DEFINITIONS[key] if key in DEFINITIONS else OF_A_GAIT[key]
    return definition.source or _SOURCES.get(definition.group, "")
