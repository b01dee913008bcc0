# %% [markdown]
# # Hello, human
#
# Nine muscles a leg, and you hold the strings. In ten minutes: what each muscle does, what the body does when you
# pull several, and a jump.
#
# Needs `pip install 'myorun[gait]'` for the graphs. `python examples/hello_human.py` runs all of it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from myorun import Course, Simulator, run_episode
from myorun.view import filmstrip

human = Simulator()
muscles = [muscle.name for muscle in human.model.muscles]
coordinates = [coordinate.name for coordinate in human.model.free_coordinates]
print(muscles[:9])
print(coordinates)

# %% [markdown]
# A step takes one excitation for every muscle, 0 to 1, and holds it for 10 ms. With all at zero the human stands for
# another second, on knees that lean on their ligaments; then it folds up, as muscles are all that could hold it.

# %%
for step in range(1, 161):
    human.step(np.zeros(18))
    if step % 40 == 0:
        print(f"after {human.time:.1f} s the pelvis is at {human.coordinates[coordinates.index('pelvis_ty')]:.2f} m")

# %% [markdown]
# ## One muscle at a time
#
# To see what a muscle does, and not what gravity does, we throw the human into the air: in free fall everything falls
# alike, and joints move for their muscles' sake only. Each of the right leg's muscles is switched on for a tenth of a
# second; the table says how far the joints came, beside a fall with all muscles off.

# %%
JOINTS = ("hip_flexion_r", "knee_angle_r", "ankle_angle_r")


def joints_after(muscle: str | None, seconds: float = 0.1) -> np.ndarray:
    """Angles [°] of hip, knee and ankle after one muscle, or none, was fully excited in the air."""
    human.reset()
    pose = human.coordinates
    pose[coordinates.index("pelvis_ty")] = 3.0  # m: no foot touches
    pose[coordinates.index("knee_angle_r")] = -0.5  # rad: a knee that can go both ways
    human.coordinates = pose
    human.equilibrate()
    excitations = np.array([float(name == muscle) for name in muscles])
    for _ in range(round(seconds / 0.01)):
        human.step(excitations)
    return np.degrees([human.coordinates[coordinates.index(joint)] for joint in JOINTS])


alone = joints_after(None)
moved = np.array([joints_after(muscle) - alone for muscle in muscles[:9]])
for muscle, (hip, knee, ankle) in zip(muscles, moved, strict=False):
    print(f"{muscle:13} hip {hip:+6.1f}°  knee {knee:+6.1f}°  ankle {ankle:+6.1f}°")

# %%
# Bars: how far each muscle of the right leg moves hip, knee and ankle
figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
for number, joint in enumerate(("hip flexion", "knee angle", "ankle angle")):
    axes.bar(np.arange(9) + 0.27 * (number - 1), moved[:, number], 0.25, label=joint)
axes.axhline(0, color="black", lw=0.8)
axes.set_xticks(range(9), [muscle.removesuffix("_r") for muscle in muscles[:9]], rotation=30)
axes.set_ylabel("° in a tenth of a second")
axes.legend()
figure.savefig("hello_human_muscles.png")

# %% [markdown]
# Above zero the hip flexes, the knee straightens and the toes come up. Two things are worth a second look. A muscle
# moves joints that it does not cross: the gluteus crosses the hip alone, but as it pulls the thigh back the shank
# lags behind, and the knee straightens. And one that crosses two may lose at one of them: the rectus femoris flexes
# the hip, by its moment arm, but straightens the knee harder, and the thigh goes back all the same.
#
# ## Several at once
#
# What pulls at the bones can be read by name at every step, thirty-odd quantities of it. Here a standing human
# presses both legs straight.

# %%
PUSH = ("glut_max", "vasti", "soleus", "gastroc")


def excited(names: tuple[str, ...], level: float = 1.0) -> np.ndarray:
    """Excitations of these muscles on both sides; the others rest."""
    return np.array([level * (name[:-2] in names) for name in muscles])


human.reset()
for step in range(1, 13):
    human.step(excited(PUSH))
    forward, up = human.get("ground_reaction")
    if step % 2 == 0:
        print(f"{10 * step:3d} ms: the ground pushes with {up:6.0f} N")

# %% [markdown]
# ## A jump
#
# A *controller* is anything with a method `excite(sight)`: it sees the observation, the simulator and the course, and
# answers 18 excitations. This one bends, then pushes, then does nothing.


# %%
class Jump:
    """Bends the legs for a fifth of a second, then stretches them."""

    name = "jump"

    def excite(self, sight):
        if sight.simulator.time < 0.2:
            return excited(("tib_ant", "bifemsh", "iliopsoas"), 0.2)
        return excited(PUSH) if sight.simulator.time < 0.45 else excited(())


jump = run_episode(Jump(), course=Course(), steps=80).trajectory
feet = jump.contact_forces[:, :, 1].sum(axis=1)
print(f"in the air for {10 * int((feet[20:] == 0).sum())} ms; the pelvis rose to {jump.coordinates[:, 2].max():.2f} m")

# %%
# Six moments of the jump
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
axes.imshow(filmstrip(jump, poses=6, start=0.0, end=0.75, size=(1296, 360)))
axes.axis("off")
figure.savefig("hello_human_jump.png")

# %% [markdown]
# ## Your turn
#
# It gets off the ground and comes down on its back. Change `Jump`: can it land on its feet, or go forward?
# `myorun.run_episode(Jump()).trajectory` is on an obstacle course; `myorun.save_trajectory(jump, "jump.npz")` keeps
# it, and `myorun view jump.npz` shows it in 3-D. Next: let a network find the excitations, in *Train your first
# runner*.
