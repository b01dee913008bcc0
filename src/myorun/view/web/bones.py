"""Bones in three dimensions, in metres in their body's frame.

Modelled by hand around the landmarks of the 2017 model (joint centres, muscle attachments), for the eye only: physics
knows nothing of them. Limbs are given for the right side, z to the right. A body that is not known here is drawn as
plain rods to its joints.
"""

from __future__ import annotations

import numpy as np

from myorun.anatomy.model import Model
from myorun.view.curves import smooth_open
from myorun.view.web.skin import skin_solids
from myorun.view.web.solids import Solid, ball, loft, mirrored, rounded, tube


def body_solids(model: Model, body: str) -> list[Solid]:
    """Bones, then skin, of a body of ``model``."""
    stem, side = _split(body)
    bones = _BONES[stem] if stem in _BONES else _rods(model, body)
    found = [solid if side > 0 else mirrored(solid) for solid in bones]
    return [rounded(solid) for solid in (*found, *skin_solids(stem, side))]


def _split(body: str) -> tuple[str, int]:
    """Name without its side, and +1 for the right and the middle, -1 for the left."""
    side = -1 if body.endswith("_l") else 1
    return (body[:-2] if body.endswith(("_r", "_l")) else body), side


def _rods(model: Model, body: str) -> list[Solid]:
    joints = [joint.parent_location for joint in model.joints if joint.parent == body]
    ends = joints or [b.mass_center for b in model.bodies if b.name == body]
    return [tube((0.0, 0.0, 0.0, 0.016), (*end, 0.013)) for end in ends if np.linalg.norm(end) > 1e-3]


# ---------------------------------------------------------------- right side and middle


def _both(*solids: Solid) -> list[Solid]:
    """Solids of the right side of a body in the middle, and of its left."""
    return [*solids, *map(mirrored, solids)]


# fmt: off
def _pelvis() -> list[Solid]:
    wing = loft(
        (-0.074, -0.100, 0.072, 0.022, 0, 0, 0, 0, 0.017), (-0.0707, -0.066, 0.068, 0.033, 0, 0, 0, 0, 0.023),
        (-0.078, -0.032, 0.063, 0.030, 0, 0, 0, 0.004, 0.014), (-0.082, 0.0, 0.068, 0.046, 0, 0.010, 0, 0.004, 0.010),
        (-0.076, 0.036, 0.082, 0.068, 0, 0.026, 0, 0.003, 0.009), (-0.068, 0.066, 0.095, 0.07, 0, 0.03, 0, 0.003, 9e-3),
        (-0.068, 0.084, 0.102, 0.050, 0, 0.022, 0, 0.003, 0.009), (-0.07, 0.093, 0.104, 0.02, 0, 0.008, 0, 1e-3, 0.006),
    )
    pubis = tube((-0.055, -0.072, 0.060, 0.016), (-0.032, -0.086, 0.034, 0.012), (-0.020, -0.096, 0.008, 0.015))
    ischium = tube(
        (-0.085, -0.085, 0.068, 0.017), (-0.108, -0.122, 0.058, 0.019), (-0.085, -0.134, 0.042, 0.013),
        (-0.050, -0.122, 0.022, 0.010), (-0.026, -0.104, 0.010, 0.012),
    )
    sacrum = loft(
        (-0.112, 0.080, 0, 0.012, -0.008, 0, 0, 0, 0.030), (-0.122, 0.062, 0, 0.024, -0.012, 0, 0, 0, 0.052),
        (-0.140, 0.026, 0, 0.021, -0.006, 0, 0, 0, 0.044), (-0.153, -0.010, 0, 0.014, 0, 0, 0, 0, 0.030),
        (-0.154, -0.040, 0, 0.010, 0.002, 0, 0, 0, 0.018), (-0.145, -0.064, 0, 0.006, 0.003, 0, 0, 0, 0.008),
    )
    joint = tube((-0.122, 0.045, 0.045, 0.016), (-0.125, 0.020, 0.058, 0.013), (-0.118, 0.050, 0.080, 0.012))
    return [sacrum, *_both(wing, pubis, ischium, joint)]


def _thigh() -> list[Solid]:
    return [
        ball((0, 0, 0), (0.024, 0.024, 0.024)),
        tube((0, 0, 0, 0.017), (-0.006, -0.014, 0.020, 0.014), (-0.012, -0.030, 0.040, 0.017)),
        ball((-0.016, -0.026, 0.046), (0.019, 0.026, 0.014)),
        tube(
            (-0.012, -0.030, 0.040, 0.018), (-0.002, -0.075, 0.034, 0.0155), (0.006, -0.150, 0.028, 0.0135),
            (0.010, -0.230, 0.020, 0.0130), (0.009, -0.310, 0.011, 0.0145), (0.004, -0.360, 0.005, 0.020),
            (0.000, -0.390, 0.001, 0.026),
        ),
        ball((-0.006, -0.398, 0.024), (0.029, 0.026, 0.016)), ball((-0.006, -0.400, -0.024), (0.030, 0.027, 0.016)),
        ball((0.012, -0.392, 0.0), (0.016, 0.020, 0.024)),
    ]


def _shank() -> list[Solid]:
    return [
        loft(
            (-0.002, -0.024, 0, 0.028, 0, 0, 0, 0, 0.036), (-0.001, -0.034, 0, 0.032, 0, 0, 0, 0, 0.040),
            (0.000, -0.048, 0, 0.031, 0, 0, 0, 0, 0.035), (0.003, -0.070, 0, 0.024, 0, 0, 0, 0, 0.023),
            (0.005, -0.100, 0, 0.018, 0, 0, 0, 0, 0.016), (0.004, -0.170, -0.002, 0.0145, 0, 0, 0, 0, 0.0125),
            (0.002, -0.260, -0.004, 0.0125, 0, 0, 0, 0, 0.0110), (0.000, -0.340, -0.004, 0.0115, 0, 0, 0, 0, 0.0110),
            (0.000, -0.390, -0.004, 0.0150, 0, 0, 0, 0, 0.0160), (0.000, -0.415, -0.004, 0.0195, 0, 0, 0, 0, 0.0210),
            (0.000, -0.422, -0.003, 0.0150, 0, 0, 0, 0, 0.0160),
        ),
        ball((0.022, -0.066, 0), (0.010, 0.017, 0.011)),
        ball((0.000, -0.428, -0.025), (0.012, 0.016, 0.008)),
        ball((-0.024, -0.050, 0.034), (0.010, 0.015, 0.009)),
        tube((-0.025, -0.055, 0.034, 0.008), (-0.024, -0.140, 0.037, 0.0055), (-0.018, -0.270, 0.034, 0.0055),
             (-0.010, -0.370, 0.027, 0.006), (-0.006, -0.425, 0.025, 0.009)),
        ball((-0.006, -0.432, 0.025), (0.010, 0.019, 0.007)),
    ]


def _ankle() -> list[Solid]:
    return [ball((0.004, -0.006, 0), (0.030, 0.018, 0.019)), ball((0.032, -0.014, -0.004), (0.016, 0.013, 0.015))]


def _foot() -> list[Solid]:
    heel = loft(
        (-0.020, 0.022, 0, 0, 0.012, 0, 0, 0, 0.010), (-0.012, 0.021, 0, 0, 0.021, 0, 0, 0, 0.017),
        (0.008, 0.020, 0, 0, 0.022, 0, 0, 0, 0.018), (0.035, 0.019, 0.002, 0, 0.016, 0, 0, 0, 0.016),
        (0.062, 0.019, 0.004, 0, 0.014, 0, 0, 0, 0.019), (0.082, 0.019, 0.004, 0, 0.011, 0, 0, 0, 0.018),
    )
    arch = [ball((0.104, 0.026 - 0.010 * k, -0.020 + 0.022 * k), (0.020, 0.014 - 0.001 * k, 0.013)) for k in range(3)]
    rays = [
        tube((0.112, 0.024 - 0.004 * k, -0.024 + 0.013 * k, 0.0085 if k == 0 else 0.0065),
             (0.145, 0.014 - 0.002 * k, -0.028 + 0.015 * k, 0.0065 if k == 0 else 0.0048),
             (0.180 - 0.006 * k, 0.001, -0.031 + 0.016 * k, 0.0090 if k == 0 else 0.0066))
        for k in range(5)
    ]
    return [heel, *arch, *rays]


def _toe_bones() -> list[Solid]:
    def toe(k: int) -> Solid:
        stout, reach = (0.0080, 0.058) if k == 0 else (0.0056, 0.052 - 0.007 * k)
        z = -0.032 + 0.016 * k
        middle, end = (0.5 * reach, 0.003, z, 0.85 * stout), (reach, -0.001, z, stout)
        return tube((0.010 - 0.005 * k, 0.004, z, stout), middle, end)

    return [toe(k) for k in range(5)]


# Middle of the spine from the lumbar joint to the skull, torso frame, m; and where ribs end in front.
_SPINE = (
    (0.000, -0.004), (0.010, 0.050), (0.011, 0.100), (-0.004, 0.160), (-0.032, 0.220), (-0.058, 0.290),
    (-0.068, 0.350), (-0.057, 0.410), (-0.034, 0.455), (-0.016, 0.500), (-0.008, 0.545),
)
_VERTEBRAE = 24
_RIB_SPINE = (0.47, 0.81)  # shares of the spine's length, lowest and highest rib
_RIB_FRONT = (
    (0.030, 0.150), (0.066, 0.160), (0.098, 0.190), (0.112, 0.222), (0.122, 0.252),
    (0.124, 0.284), (0.119, 0.316), (0.110, 0.350), (0.098, 0.382), (0.080, 0.408),
)
_RIB_WIDTH = (0.100, 0.116, 0.126, 0.132, 0.134, 0.132, 0.126, 0.114, 0.094, 0.066)  # m, to the side
# fmt: on


def _trunk() -> list[Solid]:
    clavicle = tube(
        (0.084, 0.414, 0.018, 0.009),
        (0.070, 0.424, 0.070, 0.0065),
        (0.020, 0.430, 0.120, 0.0065),
        (-0.02, 0.43, 0.165, 0.009),
    )
    # fmt: off
    blade = loft(  # lies on the ribs: its broad side runs forwards as it runs outwards
        (-0.098, 0.282, 0.078, 0.004, 0, -0.002, 0.003, 0, 0.006),
        (-0.100, 0.318, 0.092, 0.005, 0, -0.003, 0.012, 0, 0.022),
        (-0.092, 0.366, 0.106, 0.005, 0, -0.003, 0.020, 0, 0.040),
        (-0.076, 0.406, 0.120, 0.006, 0, -0.003, 0.026, 0, 0.046),
        (-0.062, 0.426, 0.132, 0.004, 0, -0.002, 0.016, 0, 0.028),
    )
    # fmt: on
    shoulder = ball((-0.028, 0.404, 0.170), (0.023, 0.024, 0.022))
    return [*_vertebrae(), *_ribs(), _breastbone(), *_both(clavicle, blade, shoulder)]


def _breastbone() -> Solid:
    return loft(
        (0.082, 0.418, 0, 0.005, 0.002, 0, 0, 0, 0.018),
        (0.090, 0.404, 0, 0.008, 0.003, 0, 0, 0, 0.026),
        (0.104, 0.372, 0, 0.007, 0.003, 0, 0, 0, 0.017),
        (0.120, 0.320, 0, 0.006, 0.002, 0, 0, 0, 0.018),
        (0.129, 0.270, 0, 0.006, 0.001, 0, 0, 0, 0.020),
        (0.128, 0.244, 0, 0.005, 0.001, 0, 0, 0, 0.012),
        (0.124, 0.226, 0, 0.003, 0.001, 0, 0, 0, 0.005),
    )


def _vertebrae() -> list[Solid]:
    line = smooth_open(_SPINE, 2 * _VERTEBRAE + 1)
    found = []
    for k in range(_VERTEBRAE):
        low, middle, high = line[2 * k], line[2 * k + 1], line[2 * k + 2]
        stout, up = 0.0215 - 0.0095 * k / (_VERTEBRAE - 1), (high - low)
        turn = float(np.arctan2(up[1], up[0]) - 0.5 * np.pi)
        back = np.array((-np.cos(turn), -np.sin(turn)))
        tip = middle + back * (stout + 0.026 - 0.010 * k / _VERTEBRAE) - up * 0.55
        found.append(ball((*middle, 0), (stout, 0.46 * float(np.hypot(*up)), 1.15 * stout), turn))
        found.append(tube((*(middle + back * 0.6 * stout), 0, 0.005), (*tip, 0, 0.004)))
    return found


def _ribs() -> list[Solid]:
    line = smooth_open(_SPINE, 101)
    shares = np.linspace(*_RIB_SPINE, len(_RIB_FRONT))
    found = []
    for share, front, wide in zip(shares, _RIB_FRONT, _RIB_WIDTH, strict=True):
        (x, y), (fx, fy) = line[round(100 * share)], front
        rib = tube(
            (x - 0.008, y, 0.014, 0.0056),
            (x - 0.034, y - 0.010, 0.42 * wide, 0.0056),
            (x - 0.022, y - 0.028, 0.80 * wide, 0.0054),
            (0.60 * x + 0.40 * fx, 0.60 * y + 0.40 * fy - 0.034, wide, 0.0052),
            (0.22 * x + 0.78 * fx, 0.22 * y + 0.78 * fy - 0.022, 0.74 * wide, 0.0050),
            (fx, fy, 0.26 * wide, 0.0048),
        )
        found += _both(rib)
    return found


def _skull() -> list[Solid]:
    # fmt: off
    jaw = tube((0.010, 0.034, 0.050, 0.009), (0.014, 0.000, 0.047, 0.010), (0.052, -0.016, 0.036, 0.010),
               (0.084, -0.018, 0.014, 0.011), (0.088, -0.017, 0.000, 0.011))
    cheek = tube((0.010, 0.052, 0.062, 0.006), (0.050, 0.048, 0.060, 0.007), (0.080, 0.050, 0.042, 0.010))
    # fmt: on
    return [
        ball((0.010, 0.098, 0.0), (0.088, 0.073, 0.070), 0.10),
        ball((0.056, 0.092, 0.0), (0.044, 0.050, 0.056)),
        ball((0.066, 0.040, 0.0), (0.034, 0.036, 0.037)),
        ball((0.074, 0.022, 0.0), (0.026, 0.020, 0.027)),
        ball((0.094, 0.058, 0.0), (0.010, 0.020, 0.010), 0.5),
        *_both(jaw, cheek),
        *_both(ball((0.083, 0.075, 0.026), (0.013, 0.014, 0.016), material="hollow")),
        ball((0.096, 0.044, 0.0), (0.006, 0.010, 0.009), material="hollow"),
        tube(
            (0.095, 0.010, -0.018, 0.0022),
            (0.101, 0.009, 0.0, 0.0022),
            (0.095, 0.010, 0.018, 0.0022),
            material="hollow",
        ),
    ]


_BONES: dict[str, list[Solid]] = {
    "pelvis": _pelvis(),
    "femur": _thigh(),
    "tibia": _shank(),
    "talus": _ankle(),
    "calcn": _foot(),
    "toes": _toe_bones(),
    "torso": _trunk(),
    "head": _skull(),
}
