# %% [markdown]
# # Train your first runner
#
# From a human that falls to one that runs on flat ground, in five minutes on a laptop.
#
# Needs `pip install 'myorun[train,gait]'`. `python examples/first_runner.py` runs all of it, and leaves the runner in
# `runs/first`.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

from myorun import Course, load_policy, run_episode
from myorun.controllers import PolicyController
from myorun.evaluate import evaluate
from myorun.train.loop import Standing
from myorun.train.start import train
from myorun.view import filmstrip

MINUTES = 5.0  # of learning; one hardly teaches to stand
OUT = Path("runs/first")  # a new folder

# %% [markdown]
# ## What to change
#
# The champion's way of learning is a file of settings (`myorun train champion --settings` prints it). Five minutes
# are little, so we cut it down: flat ground only, a smaller network, smaller batches that teach sooner.

# %%
CHANGES = [
    "hidden=[128, 128]",
    "runners=256",
    "decisions=32",
    "obstacles.0=1.0",
    "obstacles.10=0.0",
    "obstacles.20=0.0",
    "reward.joints=0.0005",
]

# %% [markdown]
# ## Learn
#
# Read steps rather than minutes: a machine with other work to do makes fewer of them in the same time. Every half
# minute the policy is scored on 20 courses that it never learns on; the best is kept in `OUT / "best"`. The whole can
# be interrupted and goes on with `myorun train --resume runs/first`.


# %%
class Say:
    """Prints a line whenever there is a new score."""

    said = None

    def __call__(self, standing: Standing) -> None:
        found = standing.evaluation
        if found is not None and found is not self.said:
            self.said = found
            print(f"{standing.minutes:5.1f} min {standing.steps / 1e6:6.1f} M steps {found.mean:7.2f} m", flush=True)


train(
    "champion",
    out=OUT,
    changes=CHANGES,
    minutes=MINUTES,
    show=Say(),
    plan={"assess_minutes": 0.5, "assess_episodes": 20, "assess_obstacles": 0},
)

# %% [markdown]
# ## Score
#
# A score is made in double precision, on courses that learning never met. Policy and seeds determine it, on every
# machine.

# %%
runner = load_policy(OUT / "best")
found = evaluate(runner, seeds=range(100), difficulty=0, max_obstacles=0)
print(f"flat ground: {found.mean:.1f} m on average, {100 * found.falls:.0f} % fall before ten seconds are over")

# %% [markdown]
# ## Look

# %%
# Six moments of the runner
trajectory = run_episode(PolicyController(runner), course=Course()).trajectory
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
axes.imshow(filmstrip(trajectory, poses=6, start=0.0, end=min(1.5, trajectory.duration), size=(1296, 360)))
axes.axis("off")
figure.savefig("first_runner.png")
print(f"watch it: myorun run --policy {OUT / 'best'} --difficulty 0")

# %% [markdown]
# ## Where to go
#
# Train longer: the champion itself took 900 million steps, on up to twenty obstacles. Leave the changes out one by
# one and see what each is worth; `--sweep` does that from the command line. What every part of the learner is for
# stands in *Learning to run*.
