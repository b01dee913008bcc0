"""Policies on disk: a folder of ``policy.toml``, which people can read, and ``weights.safetensors``. Nothing is run.

``policy.toml`` says what the policy sees, remembers and does, and where it comes from; the tensors are ``mean``,
``deviation`` and of every layer ``weight_i`` (inputs, outputs) and ``bias_i``. Both are checked against each other
and against limits before anything is made of them.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError
from myorun.policy.network import ACTIONS, ACTIVATIONS, Network
from myorun.policy.perception import Perception, Sense
from myorun.policy.policy import PolicyFile, TrainedPolicy

Array = NDArray[np.float64]

FORMAT = "myorun-policy-1"
DESCRIPTION, WEIGHTS = "policy.toml", "weights.safetensors"
SHIPPED = {"champion": Path(__file__).with_name("champion")}
_MOST_BYTES = {DESCRIPTION: 1 << 20, WEIGHTS: 1 << 28}
_MOST_LAYERS, _MOST_NAMES, _MOST_HOLD, _MOST_PASSED = 16, 1000, 100, 20
_KEYS = {"format", "name", "hold", "passed", "mirror", "activation", "actions", "observation", "muscles", "provenance"}


# ---------------------------------------------------------------- writing


def save_policy(file: PolicyFile, folder: str | Path) -> Path:
    """Write both files into ``folder``, which is made if need be. :class:`UsageError` if that cannot be."""
    from safetensors.numpy import save

    place, network = Path(folder), file.network
    tensors = {"mean": network.mean, "deviation": network.deviation}
    for i, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        tensors |= {f"weight_{i}": weight, f"bias_{i}": bias}
    numbers = {name: np.ascontiguousarray(array, np.float32) for name, array in tensors.items()}
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / WEIGHTS).write_bytes(save(numbers))
        (place / DESCRIPTION).write_text(_described(file), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the policy cannot be written to {str(place)!r}: {error.strerror or error}") from None
    return place


def _described(file: PolicyFile) -> str:
    words = {"format": FORMAT, "name": file.name, **asdict(file.sense)}
    words |= {"activation": file.network.activation, "actions": file.network.actions}
    lines = [f"{key} = {_toml(value)}" for key, value in words.items()]
    for key in ("observation", "muscles"):
        lines += [f"{key} = [", *(f"  {_toml(name)}," for name in getattr(file, key)), "]"]
    lines += ["", "[provenance]", *(f"{key} = {_toml(value)}" for key, value in file.provenance.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """Words, numbers and lists are written in TOML as in JSON."""
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------- reading


def load_policy(path: str | Path) -> TrainedPolicy:
    """The policy in a folder, or the one shipped under that name: ``"champion"``.

    :class:`UsageError` if there is none, or if it is not one of ours to the last number.
    """
    folder = _folder_of(path)
    try:
        return TrainedPolicy(_policy_file(_words_of(folder), _tensors_of(folder)))
    except _ForeignError as error:
        raise UsageError(f"{str(path)!r} is no policy of this package: {error}") from None


class _ForeignError(Exception):
    """Why this is no policy."""


def _folder_of(path: str | Path) -> Path:
    given = Path(path)
    if given.is_dir():
        return given
    if str(path) in SHIPPED:
        return SHIPPED[str(path)]
    what = "a file" if given.exists() else "not there"
    raise UsageError(
        f"policy {str(path)!r} is {what}; a policy is a folder of {DESCRIPTION} and {WEIGHTS}, "
        f"or one of those shipped: {', '.join(SHIPPED)}"
    )


def _bytes_of(folder: Path, name: str) -> bytes:
    file = folder / name
    try:
        if not file.is_file():
            raise _ForeignError(f"it has no file {name}")
        if file.stat().st_size > _MOST_BYTES[name]:
            raise _ForeignError(f"{name} has {file.stat().st_size} bytes; at most {_MOST_BYTES[name]} are read")
        return file.read_bytes()
    except OSError as error:
        raise _ForeignError(f"{name} cannot be read: {error.strerror or error}") from None


def _words_of(folder: Path) -> dict[str, Any]:
    text = _bytes_of(folder, DESCRIPTION)
    try:
        words = tomllib.loads(text.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _ForeignError(f"{DESCRIPTION} is not TOML: {error}") from None
    if words.get("format") != FORMAT:
        raise _ForeignError(f"{DESCRIPTION} has format {words.get('format')!r:.80}; this version reads {FORMAT!r}")
    if words.keys() != _KEYS:
        odd = sorted(words.keys() ^ _KEYS)[0]
        raise _ForeignError(f"{DESCRIPTION} {'lacks' if odd in _KEYS else 'has the unknown key'} {odd!r:.80}")
    return words


def _tensors_of(folder: Path) -> dict[str, Array]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(_bytes_of(folder, WEIGHTS))
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise _ForeignError(f"{WEIGHTS} is not in the format of safetensors: {error}") from None
    for name, tensor in tensors.items():
        if tensor.dtype.kind != "f" or not np.isfinite(tensor).all():
            raise _ForeignError(f"tensor {name!r:.80} must hold finite numbers only")
    return {name: tensor.astype(np.float64) for name, tensor in tensors.items()}


# ---------------------------------------------------------------- making sense of it


def _policy_file(words: dict[str, Any], tensors: dict[str, Array]) -> PolicyFile:
    sense = Sense(
        hold=_whole(words, "hold", 1, _MOST_HOLD),
        passed=_whole(words, "passed", 0, _MOST_PASSED),
        mirror=_flag(words, "mirror"),
    )
    observation, muscles = _names(words, "observation"), _names(words, "muscles")
    try:
        features = len(Perception(1, observation, muscles, sense).names)
    except (UsageError, KeyError) as error:
        raise _ForeignError(f"{DESCRIPTION} does not fit together: {error}") from None
    network = _network(words, tensors, features, len(muscles))
    if not isinstance(words["provenance"], dict) or not isinstance(words["name"], str):
        raise _ForeignError(f"in {DESCRIPTION} name must be words and provenance a table")
    return PolicyFile(words["name"], observation, muscles, sense, network, words["provenance"])


def _network(words: dict[str, Any], tensors: dict[str, Array], features: int, muscles: int) -> Network:
    layers = (len(tensors) - 2) // 2
    wanted = {"mean", "deviation", *(f"{part}_{i}" for i in range(layers) for part in ("weight", "bias"))}
    if tensors.keys() != wanted or not 1 <= layers <= _MOST_LAYERS:
        raise _ForeignError(
            f"{WEIGHTS} must hold mean, deviation, and weight_i and bias_i of 1 to {_MOST_LAYERS} layers"
        )
    weights = tuple(tensors[f"weight_{i}"] for i in range(layers))
    biases = tuple(tensors[f"bias_{i}"] for i in range(layers))
    _check_shape("mean", tensors["mean"], (features,))
    _check_shape("deviation", tensors["deviation"], (features,))
    if not (tensors["deviation"] > 0.0).all():
        raise _ForeignError("tensor 'deviation' must be above 0 everywhere")
    width = features
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        outputs = muscles if i == layers - 1 else bias.size
        _check_shape(f"weight_{i}", weight, (width, outputs))
        _check_shape(f"bias_{i}", bias, (outputs,))
        width = outputs
    activation, actions = _choice(words, "activation", ACTIVATIONS), _choice(words, "actions", ACTIONS)
    return Network(tensors["mean"], tensors["deviation"], weights, biases, activation, actions)


def _check_shape(name: str, tensor: Array, shape: tuple[int, ...]) -> None:
    if tensor.shape != shape:
        raise _ForeignError(f"tensor {name!r} has shape {tensor.shape}; {shape} is wanted")


def _whole(words: dict[str, Any], key: str, low: int, high: int) -> int:
    value = words[key]
    if type(value) is not int or not low <= value <= high:
        raise _ForeignError(f"{key} is {value!r:.80}; it must be a whole number, {low} to {high}")
    return value


def _flag(words: dict[str, Any], key: str) -> bool:
    if type(words[key]) is not bool:
        raise _ForeignError(f"{key} is {words[key]!r:.80}; it must be true or false")
    return bool(words[key])


def _choice(words: dict[str, Any], key: str, known: Any) -> str:
    value = words[key]
    if not isinstance(value, str) or value not in known:
        raise _ForeignError(f"{key} is {value!r:.80}; it must be one of {', '.join(known)}")
    return value


def _names(words: dict[str, Any], key: str) -> tuple[str, ...]:
    value = words[key]
    fine = isinstance(value, list) and 1 <= len(value) <= _MOST_NAMES and all(isinstance(v, str) for v in value)
    if not fine or len(set(value)) != len(value):
        raise _ForeignError(f"{key} must be a list of 1 to {_MOST_NAMES} different names")
    return tuple(value)
