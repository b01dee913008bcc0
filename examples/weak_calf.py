# %% [markdown]
# # Ask a biomechanical question
#
# What does a runner lose whose calves are weak? We take the trained champion, weaken soleus and gastrocnemius on both
# sides, let it run, and compare gaits. The champion was not told: it knows strong calves only, so this is a runner on
# the first day of the weakness, not one that has adapted.
#
# Needs `pip install 'myorun[gait]'`. `python examples/weak_calf.py` runs all of it.

# %%
import matplotlib.pyplot as plt

from myorun import Course, load_policy, run_episode
from myorun.controllers import PolicyController
from myorun.gait import Gait, analyse

CALVES = [f"{muscle}_{side}" for muscle in ("soleus", "gastroc") for side in "rl"]
champion = PolicyController(load_policy("champion"))

# %% [markdown]
# ## The experiment
#
# A course holds what the body has to bear: strengths are factors of the largest isometric force. Everything else,
# flat ground, start, policy, stays as it is, and nothing is random: a repetition gives the same bits.


# %%
def gait_of(strength: float) -> Gait:
    """The champion's last five seconds on flat ground, with calves so strong."""
    course = Course(strengths=dict.fromkeys(CALVES, strength))
    trajectory = run_episode(champion, course=course).trajectory
    end = "fell" if trajectory.facts.fallen else "on its feet"
    print(f"calves at {100 * strength:3.0f} %: {trajectory.distance:6.2f} m, {end}")
    return analyse(trajectory, protocol="last5")


gaits = {strength: gait_of(strength) for strength in (1.0, 0.9, 0.8, 0.75)}

# %% [markdown]
# ## What changed
#
# `gait.measures` has some forty measures, each with its definition and source. A few that a calf might be asked
# about:

# %%
ASKED = ("speed", "stride_time", "duty_factor", "ankle_positive_work", "hip_positive_work", "cost_of_transport")
print(f"{'':24}" + "".join(f"{100 * strength:6.0f} %" for strength in gaits))
for key in ASKED:
    found = [gait.measure(key) for gait in gaits.values()]
    print(f"{key:24}" + "".join(f"{measure.value:8.2f}" for measure in found))

# %%
# Ankle angle, ankle power and vertical force over the gait cycle, with calves of four strengths
figure, panels = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
for panel, curve in zip(panels, ("ankle", "ankle_power", "vertical_force"), strict=True):
    for (strength, gait), color in zip(gaits.items(), ("#1b3a57", "#2f7ab0", "#d58a3a", "#b5301f"), strict=True):
        panel.plot(gait.curves["both"][curve].mean, color=color, label=f"{100 * strength:.0f} %")
    panel.set_title(curve.replace("_", " "))
    panel.set_xlabel("% of the gait cycle")
panels[0].set_ylabel("°")
panels[1].set_ylabel("W/kg")
panels[2].set_ylabel("body weights")
panels[2].legend(title="calves at")
figure.savefig("weak_calf.png")

# %% [markdown]
# ## Who steps in?
#
# Muscle by muscle, the work its fibers give in a stride, per kilogram of the body. The calves cannot do what they
# did; does somebody else do more?

# %%
for strong, weak in zip(gaits[1.0].muscles, gaits[0.75].muscles, strict=True):
    if strong.muscle.endswith("_r"):
        print(f"{strong.muscle:13} {strong.positive_work:5.2f} → {weak.positive_work:5.2f} J/kg")

# %% [markdown]
# ## What the answer is worth
#
# One policy that does not adapt, in one model: a lower bound of what a runner can make of weak calves, and no more.
# To let it adapt, train on the question: `env.reset(options={"course": course})` takes such a course, and
# `myorun/Weakness-v1` draws a new weakness each episode. `analyse(...)` can be asked about any motion, a laboratory's
# too; `myorun gait a.npz b.npz --html report.html` writes the comparison out.
