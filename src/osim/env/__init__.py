"""``from osim.env import RunEnv`` (release 1.5) and ``GaitEnv`` (release 1.2)."""

import math
import os
import random

import numpy as np

from osim.env.human import GaitEnv
from osim.env.osim import Osim, OsimEnv, Spec
from osim.env.run import RunEnv
from osim.env.utils.mygym import convert_to_gym

# The last five are modules and a helper that `from osim.env import *` also gave in 2017, and scripts used.
__all__ = ["GaitEnv", "Osim", "OsimEnv", "RunEnv", "Spec", "convert_to_gym", "math", "np", "os", "random"]
