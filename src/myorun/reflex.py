"""A hand-made walker: muscle reflexes in stance, foot placement in swing, and no memory at all.

The laws follow the idea of Geyer & Herr (2010), *A muscle-reflex model that encodes principles of legged mechanics
produces human walking dynamics and muscle activities*, IEEE Trans. Neural Syst. Rehabil. Eng. 18(3):263-273
(positive force feedback of extensors, trunk balance by the loaded hip, early swing in double support), and of
Song & Geyer (2015), J. Physiol. 593(16):3493-3511 and Yin, Loken & van de Panne (2007), ACM Trans. Graph. 26(3):105
(a swing leg aimed by the motion of the centre of mass). Delays are left out. The numbers were found by a random search
(``scripts/tune_reflex.py``); no recording of a human went into them.

Everything is written for arrays whose last axis is the leg (right, left), so that one source drives one human
or a batch of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.errors import ModelError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

SIDES = ("r", "l")
MUSCLES = ("hamstrings", "bifemsh", "glut_max", "iliopsoas", "rect_fem", "vasti", "gastroc", "soleus", "tib_ant")


@dataclass(frozen=True)
class Gains:
    """The numbers of the walker; units behind each, excitation where none is named.

    Angles are zero when standing straight; a bent knee is negative, so is a trunk that leans forward. The signs are
    the search's own: a negative feedback holds back, a negative tone is a threshold. A field may also be an array that
    broadcasts over the humans of a batch; the search uses that.
    """

    # trunk, balanced by the hip of the loaded leg
    trunk_tilt: Any = -0.1067  # rad wanted; negative leans forward
    trunk_stiffness: Any = 6.5294  # 1/rad
    trunk_damping: Any = 1.0472  # s/rad
    trunk_speed: Any = -0.0732  # rad s/m, added for each m/s beyond the speed wanted
    speed: Any = 0.917  # m/s wanted
    # loaded leg
    stance_glut: Any = 0.0737  # tone of the gluteus
    stance_vasti: Any = 0.1348  # tone of the vasti
    vasti_force: Any = -0.2516  # feedback of the vasti's own force
    stance_knee: Any = 0.0163  # rad wanted
    stance_knee_stiffness: Any = 1.4042  # 1/rad
    stance_knee_damping: Any = 0.1348  # s/rad
    stance_soleus: Any = -0.0529  # tone of the soleus
    soleus_force: Any = -0.0717  # feedback of the soleus' own force
    stance_gastroc: Any = -0.2772  # tone of the gastrocnemius
    gastroc_force: Any = 0.2921  # feedback of the gastrocnemius' own force
    push_off: Any = 3.1147  # 1/m, of both calf muscles, for the distance of the body before the foot
    push_start: Any = -0.0019  # m, where that begins
    stance_tib_ant: Any = 0.0444  # tone of the tibialis anterior
    hams_share: Any = 2.528  # of the gluteus' trunk balance
    rect_share: Any = 0.3074  # of the iliopsoas' trunk balance
    # trailing leg while both feet are on the ground
    lift_hip: Any = 1.2009  # iliopsoas that begins the swing
    lift_knee: Any = -0.0251  # bifemsh that lets the knee give way
    lift_vasti: Any = 3.8168  # by how much the knee extension is turned down
    lift_balance: Any = 1.6284  # by how much the trunk balance is handed to the other leg
    # free leg
    swing_thigh: Any = 1.528  # rad wanted of the thigh from the vertical
    swing_distance: Any = -1.2364  # rad/m, added for the distance of the body before the other foot
    swing_speed: Any = -0.0677  # rad s/m, added for each m/s beyond the speed wanted
    swing_stiffness: Any = 4.6403  # 1/rad
    swing_damping: Any = -0.0552  # s/rad
    swing_fold: Any = -3.3617  # rad wanted of the knee on the way
    swing_reach: Any = -0.192  # rad wanted of the knee at the end
    swing_window: Any = 1.5618  # rad before the thigh's end at which the knee begins to reach
    swing_knee_stiffness: Any = 1.979  # 1/rad
    swing_knee_damping: Any = 0.0496  # s/rad
    swing_ankle: Any = 0.2797  # rad wanted
    swing_ankle_stiffness: Any = 8.862  # 1/rad
    swing_hams_share: Any = -0.5265  # of knee flexion
    # all muscles, always
    tone: Any = -0.4955


class Senses(Protocol):
    """A simulator, as far as the walker feels it."""

    @property
    def model(self) -> Model: ...
    def get(self, name: str) -> Any: ...


class ReflexLaw:
    """Excitations from what is sensed now. Works on one human (shapes (…)) or a batch (n, …).

    Raises:
        ModelError: if the model lacks a muscle or coordinate the reflexes run through.
    """

    def __init__(self, model: Model, gains: Gains | None = None) -> None:
        self.gains = gains or Gains()
        self._wire(model)

    def _wire(self, model: Model) -> None:
        muscles = [m.name for m in model.muscles]
        coordinates = [c.name for c in model.free_coordinates]
        bodies = [b.name for b in model.bodies]
        try:
            self._muscle = {m: [muscles.index(f"{m}_{s}") for s in SIDES] for m in MUSCLES}
            self._joint = {
                j: [coordinates.index(f"{j}_{s}") for s in SIDES] for j in ("hip_flexion", "knee_angle", "ankle_angle")
            }
            self._tilt = [coordinates.index("pelvis_tilt")]
            self._foot = [bodies.index(f"talus_{s}") for s in SIDES]
        except ValueError as error:
            raise ModelError(f"the reflex controller cannot drive model {model.name!r}: {error}") from None
        self._max_force = np.array([m.max_isometric_force for m in model.muscles])
        self._weight = model.weight
        of_leg = {s.body: s.body[-1] for s in model.contact_spheres}
        self._spheres = [[i for i, s in enumerate(model.contact_spheres) if of_leg[s.body] == side] for side in SIDES]
        self._places = np.array([self._muscle[m] for m in MUSCLES]).T  # (leg, muscle of the leg)
        self._count = len(muscles)

    def excitations(self, sim: Senses) -> Array:
        """Excitations in [0, 1], shape (…, muscles)."""
        felt = self._feel(sim)
        stance, swing = self._stance(felt), self._swing(felt)
        command = np.empty((*felt.load.shape, len(MUSCLES)))
        for i, name in enumerate(MUSCLES):
            command[..., i] = np.where(felt.loaded, stance[name], swing[name])
        out = np.zeros((*felt.load.shape[:-1], self._count))
        out[..., self._places] = (command + np.asarray(self.gains.tone)[..., None]).clip(0.0, 1.0)
        return out

    # ------------------------------------------------------------ feeling

    def _feel(self, sim: Senses) -> _Felt:
        q, u = sim.get("coordinates"), sim.get("speeds")
        forces = sim.get("tendon_forces") / self._max_force
        foot = sim.get("body_positions")[..., self._foot, :]
        com, velocity = sim.get("center_of_mass"), sim.get("center_of_mass_velocity")
        load = self._load(sim)
        loaded = load > 0.02
        x = foot[..., 0]
        behind = np.stack([x[..., 0] <= x[..., 1], x[..., 0] > x[..., 1]], axis=-1)
        return _Felt(
            tilt=q[..., self._tilt],
            tilt_rate=u[..., self._tilt],
            joint={j: q[..., i] for j, i in self._joint.items()},
            rate={j: u[..., i] for j, i in self._joint.items()},
            force={m: forces[..., i] for m, i in self._muscle.items()},
            load=load,
            loaded=loaded,
            trailing=behind & loaded.all(axis=-1, keepdims=True),
            ahead=com[..., :1] - x,
            speed=velocity[..., :1],
        )

    def _load(self, sim: Senses) -> Array:
        upward = sim.get("contact_forces")[..., 1] + sim.get("obstacle_forces")[..., 1]
        legs = [upward[..., spheres].sum(axis=-1) for spheres in self._spheres]
        load: Array = np.maximum(np.stack(legs, axis=-1), 0.0) / self._weight
        return load

    # ------------------------------------------------------------ loaded leg

    def _stance(self, felt: _Felt) -> dict[str, Array]:
        g = self.gains
        lift = felt.trailing.astype(float)
        balance = self._trunk(felt) * np.minimum(felt.load * 2.0, 1.0) * (1.0 - g.lift_balance * lift)
        back, fore = np.maximum(balance, 0.0), np.maximum(-balance, 0.0)
        knee, rate = felt.joint["knee_angle"], felt.rate["knee_angle"]
        extend = g.stance_vasti + g.vasti_force * felt.force["vasti"]
        extend = extend + g.stance_knee_stiffness * (g.stance_knee - knee) - g.stance_knee_damping * rate
        push = g.push_off * np.maximum(felt.ahead - g.push_start, 0.0)
        return {
            "glut_max": g.stance_glut * (1.0 - lift) + back,
            "hamstrings": g.hams_share * back,
            "iliopsoas": fore + g.lift_hip * lift,
            "rect_fem": g.rect_share * fore,
            "vasti": np.maximum(extend, 0.0) * (1.0 - g.lift_vasti * lift),
            "bifemsh": np.maximum(-extend, 0.0) + g.lift_knee * lift,
            "soleus": g.stance_soleus + g.soleus_force * felt.force["soleus"] + push,
            "gastroc": g.stance_gastroc + g.gastroc_force * felt.force["gastroc"] + push,
            "tib_ant": np.maximum(g.stance_tib_ant - 0.3 * felt.force["soleus"], 0.0) * np.ones_like(felt.load),
        }

    def _trunk(self, felt: _Felt) -> Array:
        """Positive where the hip must extend: the trunk leans further forward than wanted."""
        g = self.gains
        wanted = g.trunk_tilt + g.trunk_speed * (felt.speed - g.speed)
        balance: Array = g.trunk_stiffness * (wanted - felt.tilt) - g.trunk_damping * felt.tilt_rate
        return balance

    # ------------------------------------------------------------ free leg

    def _swing(self, felt: _Felt) -> dict[str, Array]:
        g = self.gains
        thigh = felt.tilt + felt.joint["hip_flexion"]
        aim = g.swing_thigh + g.swing_distance * felt.ahead[..., ::-1] + g.swing_speed * (felt.speed - g.speed)
        hip = g.swing_stiffness * (aim - thigh) - g.swing_damping * (felt.tilt_rate + felt.rate["hip_flexion"])
        way = np.clip((aim - thigh) / g.swing_window, 0.0, 1.0)
        knee = g.swing_reach + (g.swing_fold - g.swing_reach) * way
        extend = g.swing_knee_stiffness * (knee - felt.joint["knee_angle"])
        extend = extend - g.swing_knee_damping * felt.rate["knee_angle"]
        bend = np.maximum(-extend, 0.0)
        ankle = g.swing_ankle_stiffness * (g.swing_ankle - felt.joint["ankle_angle"])
        return {
            "glut_max": np.maximum(-hip, 0.0),
            "hamstrings": np.maximum(-hip, 0.0) * g.hams_share + g.swing_hams_share * bend,
            "iliopsoas": np.maximum(hip, 0.0),
            "rect_fem": g.rect_share * np.maximum(hip, 0.0) * (1.0 - way),
            "vasti": np.maximum(extend, 0.0),
            "bifemsh": bend,
            "soleus": np.maximum(-ankle, 0.0),
            "gastroc": np.zeros_like(felt.load),
            "tib_ant": np.maximum(ankle, 0.0),
        }


@dataclass(frozen=True)
class _Felt:
    """What is sensed now; the last axis is the leg, or of length one where both share it."""

    tilt: Array  # rad
    tilt_rate: Array  # rad/s
    joint: dict[str, Array]  # rad
    rate: dict[str, Array]  # rad/s
    force: dict[str, Array]  # maximum isometric forces
    load: Array  # body weights
    loaded: Flags
    trailing: Flags  # the hind leg while both are loaded
    ahead: Array  # m, centre of mass ahead of the ankle
    speed: Array  # m/s
