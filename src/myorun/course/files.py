"""Courses as words: JSON and TOML, made to be read and written by hand."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from myorun.course.checks import checked_number, checked_seed
from myorun.course.value import Course, Load, Obstacle, Patch, Slope, Step
from myorun.errors import UsageError, unwritable

FORMAT = "myorun-course-1"
_PARTS: dict[str, type[Any]] = {"obstacles": Obstacle, "steps": Step, "slopes": Slope, "patches": Patch}
_PLAIN = Course()
_KNOWN = ("format", *(f.name for f in fields(Course)))
_LARGEST = 2**20  # bytes of a file


def course_to_dict(course: Course) -> dict[str, Any]:
    """A course in plain words: what differs from the plain one, and the format. :func:`course_from_dict` reads it."""
    words: dict[str, Any] = {"format": FORMAT}
    for name in (f.name for f in fields(Course)):
        value = getattr(course, name)
        if value == getattr(_PLAIN, name):
            continue
        if name in _PARTS:
            words[name] = [asdict(part) for part in value]
        elif name == "strengths":
            words[name] = dict(value)
        else:
            words[name] = asdict(value) if name == "load" else value
    return words


def course_from_dict(words: Mapping[str, Any]) -> Course:
    """The course of :func:`course_to_dict`'s words.

    Raises:
        UsageError: for a word or number that cannot be, with what is allowed.
    """
    if not isinstance(words, Mapping):
        raise UsageError(f"a course is {words!r:.80}; it must be words with their values")
    given = dict(words)
    form = given.pop("format", FORMAT)
    if form != FORMAT:
        raise UsageError(f"the course is in format {form!r}; this version reads {FORMAT!r}")
    _refuse_unknown("a course", given, _KNOWN[1:])
    for name, kind in _PARTS.items():
        if name in given:
            given[name] = _parts(name, given[name], kind)
    if "load" in given:
        given["load"] = _part("load", given["load"], Load)
    if not isinstance(given.get("generator"), str | None):
        raise UsageError(f"generator is {given['generator']!r:.80}; it must be a word")
    if given.get("difficulty") is not None:
        level = checked_number("difficulty", given["difficulty"], 0.0, 1e6)
        given["difficulty"] = int(level) if level.is_integer() and given.get("generator") == "2017" else level
    if given.get("seed") is not None:
        given["seed"] = checked_seed(given["seed"])
    return Course(**given)


def _parts(name: str, given: Any, kind: type[Any]) -> tuple[Any, ...]:
    if not isinstance(given, list | tuple):
        raise UsageError(f"{name} is {given!r:.80}; it must be a list")
    return tuple(_part(f"{name}[{place}]", part, kind) for place, part in enumerate(given))


def _part(name: str, given: Any, kind: type[Any]) -> Any:
    allowed = [f.name for f in fields(kind)]
    if not isinstance(given, Mapping):
        raise UsageError(f"{name} is {given!r:.80}; it must hold {', '.join(allowed)}")
    _refuse_unknown(name, given, allowed)
    try:
        return kind(**given)
    except TypeError:
        raise UsageError(f"{name} holds {', '.join(given)}; it must hold {', '.join(allowed)}") from None


def _refuse_unknown(name: str, given: Mapping[str, Any], allowed: Any) -> None:
    unknown = [word for word in given if word not in allowed]
    if unknown:
        raise UsageError(f"{name} holds {unknown[0]!r}; it can hold {', '.join(allowed)}")


# ---------------------------------------------------------------- files


def save_course(course: Course, path: str | Path) -> Path:
    """Write a course to ``path``, which ends in .json or .toml.

    Raises:
        UsageError: if it does not, or cannot be written.
    """
    file = Path(path)
    text = course_text(course, _kind_of(file))
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(f"the course {str(file)!r}", error) from None
    return file


def load_course(path: str | Path) -> Course:
    """Read a course from a .json or .toml file.

    Raises:
        UsageError: if it is not there, too long, or no course; the message says where.
    """
    file = Path(path)
    kind = _kind_of(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise UsageError(f"{str(file)!r} is longer than any course; at most {_LARGEST // 2**20} MiB are read")
        text = data.decode("utf-8")
        words = json.loads(text) if kind == ".json" else tomllib.loads(text)
        return course_from_dict(words)
    except FileNotFoundError:
        raise UsageError(
            f"there is no course {str(file)!r}; write one with: myorun course draw 7 {file.name}"
        ) from None
    except UsageError as error:
        raise UsageError(f"{str(file)!r}: {error}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{str(file)!r} is no course: {error}; see one with: myorun course draw 7") from None


def course_text(course: Course, kind: str = ".toml") -> str:
    """A course as the text of a .json or .toml file."""
    words = course_to_dict(course)
    return json.dumps(words, indent=2) + "\n" if kind == ".json" else _toml(words)


def _kind_of(file: Path) -> str:
    if file.suffix.lower() not in (".json", ".toml"):
        raise UsageError(f"a course ends in .json or .toml; {file.name!r} does not")
    return file.suffix.lower()


def _toml(words: Mapping[str, Any]) -> str:
    lines = [f"{name} = {_toml_value(value)}" for name, value in words.items() if not isinstance(value, list | dict)]
    for name, value in words.items():
        if isinstance(value, list):
            rows = "".join(f"  {_toml_row(part)},\n" for part in value)
            lines.append(f"{name} = [\n{rows}]")
    for name, value in words.items():
        if isinstance(value, dict):
            lines += ["", f"[{name}]", *(f"{_toml_key(key)} = {_toml_value(number)}" for key, number in value.items())]
    return "\n".join(lines) + "\n"


def _toml_row(part: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {_toml_value(number)}" for key, number in part.items()) + " }"


def _toml_value(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _toml_key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)
