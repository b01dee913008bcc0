"""Policies on disk: a folder of ``policy.toml``, which people can read, and ``weights.safetensors``. Nothing is run.

``policy.toml`` says what the policy sees, remembers and does, and where it comes from; the tensors are ``mean``,
``deviation`` and of every layer ``weight_i`` (inputs, outputs) and ``bias_i``. Both are checked against each other
and against limits before anything is made of them. A policy of reflexes is its gains, in words alone.
"""

from __future__ import annotations

import contextlib
import json
import tomllib
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import load_model
from myorun.errors import UsageError, unwritable
from myorun.observation import BODY_FIELDS, COURSE_FIELDS
from myorun.policy.network import ACTIONS, ACTIVATIONS, Network
from myorun.policy.perception import Perception, Sense
from myorun.policy.policy import PolicyFile, TrainedPolicy
from myorun.policy.reflexes import ReflexFile, ReflexPolicy
from myorun.reflex import Gains

Array = NDArray[np.float64]

FORMAT = "myorun-policy-1"
DESCRIPTION, WEIGHTS = "policy.toml", "weights.safetensors"
SHIPPED = {"champion": Path(__file__).with_name("champion")}
_MOST_BYTES = {DESCRIPTION: 1 << 20, WEIGHTS: 1 << 28}
_MOST_LAYERS, _MOST_HOLD, _MOST_PASSED = 16, 100, 20
OBSERVATION = (*(f.name for f in BODY_FIELDS), *COURSE_FIELDS)
MUSCLES = tuple(muscle.name for muscle in load_model("human").muscles)
_COMMON = {"format", "kind", "name", "provenance"}
_KEYS = {
    "network": _COMMON | {"hold", "frame", "passed", "mirror", "activation", "actions", "observation", "muscles"},
    "reflex": _COMMON | {"gains"},
}
_GAINS = {f.name for f in fields(Gains)}
_LARGEST_GAIN = 1e6


# ---------------------------------------------------------------- writing


def save_policy(file: PolicyFile | ReflexFile, folder: str | Path) -> Path:
    """Write a policy into ``folder``, which is made if need be. :class:`UsageError` if that cannot be."""
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        if isinstance(file, PolicyFile):
            (place / WEIGHTS).write_bytes(_packed(file.network))
        (place / DESCRIPTION).write_text(_described(file), encoding="utf-8")
    except OSError as error:
        raise unwritable(f"the policy {str(place)!r}", error) from None
    return place


def _packed(network: Network) -> bytes:
    from safetensors.numpy import save

    tensors = {"mean": network.mean, "deviation": network.deviation}
    for i, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        tensors |= {f"weight_{i}": weight, f"bias_{i}": bias}
    packed: bytes = save({name: np.ascontiguousarray(array, np.float32) for name, array in tensors.items()})
    return packed


def _described(file: PolicyFile | ReflexFile) -> str:
    words: dict[str, Any] = {"format": FORMAT, "kind": _kind_of(file), "name": file.name}
    lines: list[str] = []
    if isinstance(file, PolicyFile):
        words |= {**asdict(file.sense), "activation": file.network.activation, "actions": file.network.actions}
        for key in ("observation", "muscles"):
            lines += [f"{key} = [", *(f"  {_toml(name)}," for name in getattr(file, key)), "]"]
    else:
        lines += ["", "[gains]", *(f"{key} = {_toml(float(value))}" for key, value in asdict(file.gains).items())]
    lines += ["", "[provenance]", *(f"{key} = {_toml(value)}" for key, value in file.provenance.items())]
    return "\n".join([*(f"{key} = {_toml(value)}" for key, value in words.items()), *lines]) + "\n"


def _kind_of(file: PolicyFile | ReflexFile) -> str:
    return "network" if isinstance(file, PolicyFile) else "reflex"


def _toml(value: Any) -> str:
    """Words, numbers and lists are written in TOML as in JSON."""
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------- reading


def load_policy(path: str | Path) -> TrainedPolicy | ReflexPolicy:
    """The policy in a folder, or the one shipped under that name: ``"champion"``.

    :class:`UsageError` if there is none, or if it is not one of ours to the last number.
    """
    folder = _folder_of(path)
    try:
        words = _words_of(folder)
        if words["kind"] == "reflex":
            return at_work(ReflexFile(words["name"], _gains(words["gains"]), words["provenance"]))
        return at_work(_policy_file(words, _tensors_of(folder)))
    except _ForeignError as error:
        raise UsageError(
            f"{str(path)!r} is no policy of this package: {error}; "
            f"myorun train makes one, and shipped are: {', '.join(SHIPPED)}"
        ) from None


def at_work(file: PolicyFile | ReflexFile) -> TrainedPolicy | ReflexPolicy:
    """What plays by a file."""
    return TrainedPolicy(file) if isinstance(file, PolicyFile) else ReflexPolicy(file, load_model("human"))


class _ForeignError(Exception):
    """Why this is no policy."""


def _folder_of(path: str | Path) -> Path:
    given = Path(path)
    if str(path) in SHIPPED and not given.is_dir():
        return SHIPPED[str(path)]
    what = "not there"
    with contextlib.suppress(OSError):  # a name that is too long
        if given.is_dir():
            return given
        what = "a file" if given.exists() else what
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
    keys = _KEYS[_choice(words, "kind", _KEYS)]
    if words.keys() != keys:
        odd = sorted(words.keys() ^ keys)[0]
        raise _ForeignError(f"{DESCRIPTION} {'lacks' if odd in keys else 'has the unknown key'} {odd!r:.80}")
    if not isinstance(words["provenance"], dict) or not isinstance(words["name"], str):
        raise _ForeignError(f"in {DESCRIPTION} name must be words and provenance a table")
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
        frame=_flag(words, "frame"),
        passed=_whole(words, "passed", 0, _MOST_PASSED),
        mirror=_flag(words, "mirror"),
    )
    observation, muscles = _names(words, "observation", OBSERVATION), _names(words, "muscles", MUSCLES)
    features = len(Perception(1, observation, muscles, sense).names)
    network = _network(words, tensors, features, len(muscles))
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


def _gains(words: Any) -> Gains:
    if not isinstance(words, dict) or words.keys() != _GAINS:
        raise _ForeignError(f"gains must be a table of {len(_GAINS)} numbers: {', '.join(sorted(_GAINS))}")
    for name, value in words.items():
        if type(value) not in (int, float) or not abs(value) <= _LARGEST_GAIN:
            raise _ForeignError(f"the gain {name} is {value!r:.80}; it must be a number within ±{_LARGEST_GAIN:g}")
    return Gains(**words)


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
    value = words.get(key)
    if not isinstance(value, str) or value not in known:
        raise _ForeignError(f"{key} is {value!r:.80}; it must be one of {', '.join(known)}")
    return value


def _names(words: dict[str, Any], key: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Names in their order: another order would be taken for the same numbers."""
    value = words[key]
    if not isinstance(value, list) or tuple(map(str, value)) != wanted:
        raise _ForeignError(f"{key} must list the {len(wanted)} names {wanted[0]} … {wanted[-1]}, in their order")
    return wanted
