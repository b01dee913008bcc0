"""A course in words, for people."""

from __future__ import annotations

from rich.table import Table

from myorun.course.value import Course


def course_summary(course: Course) -> str:
    """What there is of each kind, in a line."""
    counts = (("ball", course.obstacles), ("step", course.steps), ("slope", course.slopes), ("patch", course.patches))
    words = [f"{len(parts)} {name}{_plural(name, len(parts))}" for name, parts in counts if parts]
    weak = len(course.strengths)
    words += [f"{weak} muscle{'s' if weak > 1 else ''} of other strength"] if weak else []
    return ", ".join(words) or "flat floor, sound body"


def _plural(name: str, count: int) -> str:
    return "" if count == 1 else "es" if name.endswith("ch") else "s"


def course_table(course: Course) -> Table:
    """All parts from the first to the last, and what the body has to bear."""
    table = Table(title=course_summary(course))
    for heading in ("from, m", "to, m", "what", "how"):
        table.add_column(heading, justify="right" if heading.endswith("m") else "left")
    for start, end, what, how in sorted(_rows(course)):
        table.add_row(f"{start:.2f}", f"{end:.2f}", what, how)
    table.add_section()
    for what, how in _burdens(course):
        table.add_row("", "", what, how)
    return table


def _rows(course: Course) -> list[tuple[float, float, str, str]]:
    balls = [
        (b.x - b.radius, b.end, "ball", f"radius {100 * b.radius:.1f} cm, centre {100 * b.y:+.1f} cm")
        for b in course.obstacles
    ]
    steps = [(s.x, s.x, "step", f"{100 * s.rise:+.1f} cm") for s in course.steps]
    slopes = [
        (s.start, s.end, "slope", f"{100 * s.rise:+.1f} cm, {s.rise / (s.end - s.start):+.1%}") for s in course.slopes
    ]
    patches = [
        (p.start, p.end, "patch", f"friction × {p.friction:.3g}, stiffness × {p.stiffness:.3g}") for p in course.patches
    ]
    return [*balls, *steps, *slopes, *patches]


def _burdens(course: Course) -> list[tuple[str, str]]:
    words = [(muscle, f"strength × {factor:.3f}") for muscle, factor in course.strengths]
    factors = ("friction", "stiffness", "activation_time", "deactivation_time")
    words += [(name, f"× {getattr(course, name):.3f}") for name in factors if getattr(course, name) != 1.0]
    if course.motor_noise:
        words.append(("motor noise", f"{course.motor_noise:.1%} of every excitation"))
    if course.sensor_delay:
        words.append(("sensor delay", f"{course.sensor_delay} steps"))
    if course.load.mass:
        words.append(("load", f"{course.load.mass:.1f} kg at ({course.load.x:g}, {course.load.y:g}) m of the torso"))
    return words
