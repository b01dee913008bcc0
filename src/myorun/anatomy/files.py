"""Models by name or by file."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from myorun.anatomy.model import Model
from myorun.anatomy.osim_meaning import refuse_other_meaning
from myorun.anatomy.osim_reader import read_osim
from myorun.anatomy.osim_writer import to_osim
from myorun.anatomy.problems import suggestion
from myorun.anatomy.toml_reader import read_toml
from myorun.anatomy.toml_writer import write_toml
from myorun.anatomy.validate import validate
from myorun.errors import ModelError

NAMES = ("human",)
MAX_BYTES = {".toml": 2 * 2**20, ".osim": 16 * 2**20}


def load_model(name_or_path: str | os.PathLike[str] = "human") -> Model:
    """A validated model: ``"human"``, or the path of a ``.toml`` file of ours or an OpenSim ``.osim`` file.

    Raises :class:`~myorun.errors.ModelError`, and nothing else, for a file that is
    missing, unreadable, or not a model that can be simulated.
    """
    name = _name(name_or_path)
    if name in NAMES:
        return _built_in(name)
    path = Path(name)
    suffix = path.suffix.lower()
    if suffix not in MAX_BYTES:
        known = f"a path ending in .toml or .osim is wanted, or a name: {suggestion(name, NAMES)}"
        raise ModelError(f"{name!r} is not a model; {known}")
    return _parsed(_bytes(path, MAX_BYTES[suffix]), str(path), suffix)


def save_model(model: Model, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
    """Write ``model`` as ``.toml`` (ours) or ``.osim`` (OpenSim 4.6), by the suffix of ``path``.

    A ``.toml`` file reads back as an equal model. So does an ``.osim`` file, up to
    the last bit of limits that were never stated in degrees.
    """
    name = _name(path)
    target = Path(name)
    suffix = target.suffix.lower()
    if suffix not in MAX_BYTES:
        raise ModelError(f"{name!r}: a path ending in .toml or .osim is wanted")
    validate(model, model.name)
    data = (write_toml(model) if suffix == ".toml" else to_osim(model)).encode("utf-8")
    try:
        with target.open("wb" if overwrite else "xb") as file:
            file.write(data)
    except FileExistsError:
        raise ModelError(f"{name!r} is there already; choose another name or allow overwriting") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{name!r} cannot be written: {error}; choose another path, or mend its permissions") from None


def _name(name_or_path: str | os.PathLike[str]) -> str:
    name = os.fspath(name_or_path) if isinstance(name_or_path, (str, os.PathLike)) else None
    if not isinstance(name, str):
        raise ModelError(f"{name_or_path!r} is not a model: 'human' or the path of a .toml or .osim file is wanted")
    return name


def _built_in(name: str) -> Model:
    data = resources.files(__package__).joinpath(f"{name}.toml").read_bytes()
    return _parsed(data, f"{name}.toml", ".toml")


def _bytes(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelError(
            f"{path}: cannot be read: {reason}; give the path of a .toml or .osim file that you may read"
        ) from None
    if len(data) > limit:
        raise ModelError(f"{path}: larger than a model file may be; at most {limit // 2**20} MiB are read")
    return data


def _parsed(data: bytes, source: str, suffix: str) -> Model:
    if suffix == ".osim":
        model = validate(read_osim(data, source), source)
        refuse_other_meaning(model, source)
        return model
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelError(
            f"{source}: not a text file in UTF-8: {error.reason} at byte {error.start}; save it as one"
        ) from None
    return validate(read_toml(text, source), source)
