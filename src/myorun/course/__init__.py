"""What the ground and the body have in store for one episode: a :class:`Course`, by hand, from a file, or from a seed.

A course is a value. It knows nothing of engines, rewards or rules.
"""

from myorun.course.checks import (
    MAX_OBSTACLES,
    MAX_SEED,
    checked_int,
    checked_max_obstacles,
    checked_seed,
)
from myorun.course.draw import GENERATORS, MUSCLES, RANDOMISED, Recipe, draw_course, draw_from, random_of, recipe
from myorun.course.files import course_from_dict, course_to_dict, load_course, save_course
from myorun.course.noise import add_motor_noise
from myorun.course.value import Course, Load, Obstacle, Patch, Slope, Step

__all__ = [
    "GENERATORS",
    "MAX_OBSTACLES",
    "MAX_SEED",
    "MUSCLES",
    "RANDOMISED",
    "Course",
    "Load",
    "Obstacle",
    "Patch",
    "Recipe",
    "Slope",
    "Step",
    "add_motor_noise",
    "checked_int",
    "checked_max_obstacles",
    "checked_seed",
    "course_from_dict",
    "course_to_dict",
    "draw_course",
    "draw_from",
    "load_course",
    "random_of",
    "recipe",
    "save_course",
]
