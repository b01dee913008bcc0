"""Settings of a run: a TOML file of the package, changed from the command line, checked against a dataclass."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, fields
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from myorun.errors import UsageError, unreadable

Settings = TypeVar("Settings")

_MAY_BE_ZERO = ("seed", "passed", "most_obstacles")
_MOST = 10**12

FOLDER = Path(__file__).with_name("settings")


def algorithms() -> tuple[str, ...]:
    """Names of all there are settings for."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


def words_of(algorithm: str) -> dict[str, Any]:
    """The settings of the package for an algorithm; :class:`UsageError` lists those there are."""
    if algorithm not in algorithms():
        what = f"there is no algorithm {algorithm!r}" if algorithm else "no algorithm was named"
        raise UsageError(f"{what}; there are {', '.join(algorithms())}")
    return read(FOLDER / f"{algorithm}.toml")


def read(file: Path) -> dict[str, Any]:
    """A TOML file; :class:`UsageError` if it is none."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise unreadable(f"file of settings {str(file)!r}", error) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"the settings {str(file)!r} are not TOML: {error}; mend them") from None


def changed(words: dict[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """Settings with changes like ``learning_rate=3e-4`` or ``reward.joints=0.01``, values as TOML writes them.

    :class:`UsageError` for a setting that is not there, or a change that is no TOML.
    """
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in words.items()}
    for change in changes:
        key, equals, text = change.partition("=")
        place, name = result, key.strip()
        if "." in name:
            table, _, name = name.partition(".")
            place = result.get(table, {}) if isinstance(result.get(table), dict) else {}
        if not equals or name not in place or isinstance(place[name], dict):
            raise UsageError(f"--set {change!r} names no setting; there are {', '.join(_names(words))}")
        place[name] = _value(text.strip(), change)
    return result


def _value(text: str, change: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        if text.replace("-", "").replace("_", "").isalnum():
            return text  # a word without its quotation marks, as shells leave it
        raise UsageError(
            f"the value of --set {change!r} is {text!r}; it must be a number, a word or a list, as TOML writes them"
        ) from None


def _names(words: dict[str, Any]) -> list[str]:
    nested = [[f"{k}.{inner}" for inner in v] if isinstance(v, dict) else [k] for k, v in words.items()]
    return [name for group in nested for name in group]


def checked(kind: type[Settings], words: dict[str, Any]) -> Settings:
    """``words`` as a dataclass. Numbers may be schedules where the default is a number of real value.

    :class:`UsageError` for a setting that is unknown or of another kind than its default.
    """
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    usual = asdict(kind())  # type: ignore[call-overload]
    for name, value in words.items():
        if name not in known:
            raise UsageError(f"there is no setting {name!r}; there are {', '.join(known)}")
        _check_kind(name, value, usual[name])
    return kind(**words)


def _check_kind(name: str, value: Any, usual: Any) -> None:
    kinds: dict[type, tuple[type, ...]] = {float: (int, float), int: (int,), bool: (bool,), str: (str,)}
    allowed = kinds.get(type(usual), (type(usual), list))
    if type(usual) is float and _is_schedule(value):
        return
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise UsageError(f"the setting {name} is {value!r}; it must be like {usual!r}")
    if isinstance(value, float) and not isfinite(value):
        raise UsageError(f"the setting {name} is {value!r}; it must be finite")
    if isinstance(usual, int | list) and not isinstance(usual, bool):
        for number in value if isinstance(value, list) else [value]:
            _check_whole(name, number)
    if value == [] and usual:
        raise UsageError(f"the setting {name} is {value!r}; it must be like {usual!r}")


def _check_whole(name: str, value: Any) -> None:
    """Whole numbers count something: they are not negative, and not nothing but for a few."""
    least = 0 if name in _MAY_BE_ZERO else 1
    if type(value) is not int or not least <= value <= _MOST:
        raise UsageError(f"the setting {name} is {value!r}; it must be a whole number, {least} to {_MOST}")


def _is_schedule(value: Any) -> bool:
    """A list of points [million steps, value] with rising steps."""
    if not isinstance(value, list) or not value:
        return False
    points = all(isinstance(p, list) and len(p) == 2 and all(type(x) in (int, float) for x in p) for p in value)
    return points and all(a[0] < b[0] for a, b in pairwise(value))


def whole(word: str) -> int:
    """A key of a table as a whole number; :class:`UsageError` if it is none."""
    if not word.isdecimal():
        raise UsageError(f"{word!r} must be a whole number, as keys of [obstacles] are")
    return int(word)
