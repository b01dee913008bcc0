"""From a name and some wishes to a run: what ``myorun train`` does. :func:`train`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myorun.errors import MyorunError, UsageError
from myorun.evaluate import Evaluation
from myorun.extras import library
from myorun.train.loop import Plan, Run, Standing
from myorun.train.run_folder import RunFolder
from myorun.train.settings import changed, checked, words_of

# Algorithm → where its Config and trainee are.
HOMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "champion": ("myorun.train.champion", "Champion"),
        "cmaes-reflex": ("myorun.train.reflexes", "Reflexes"),
        **dict.fromkeys(("ppo", "trpo", "ddpg", "td3", "sac"), ("myorun.train.library", "Library")),
    }
)


def train(
    algorithm: str | None,
    *,
    out: Path,
    changes: Sequence[str] = (),
    resume: bool = False,
    minutes: float = float("inf"),
    threads: int = 1,
    device: str = "cpu",
    cluster: str | None = None,
    show: Callable[[Standing], object] = lambda standing: None,
    begun: Callable[[], object] = lambda: None,
    plan: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Train to the end of the plan, and answer how the policy scores then.

    Args:
        algorithm: one of :func:`~myorun.train.settings.algorithms`; not needed with ``resume``.
        out: folder of the run, new unless ``resume``.
        changes: to the algorithm's settings, such as ``"learning_rate=3e-4"``.
        resume: go on with the run in ``out``, with its own settings and what ``changes`` change.
        minutes: of wall clock at most, those of earlier sessions included.
        threads: for the humans; learning takes one more.
        device: of the networks, as torch names it.
        cluster: address of a Ray whose ``threads`` workers sample, or ``"local"``; the champion's way only.
        show: told about once a second how things stand.
        begun: called once nothing that was wished for is in the way.
        plan: other fields of :class:`~myorun.train.loop.Plan`.

    Raises:
        UsageError: for an impossible wish, or if another process trains in ``out``.
        MissingExtraError: where torch or another package is missing.
    """
    chosen, words = RunFolder(out, resume=True).settings() if resume else (str(algorithm), words_of(algorithm or ""))
    words = changed(words, changes)
    config, make = _home(chosen)
    settings = checked(config, words)
    _check_device(device)
    if cluster is not None and chosen != "champion":
        raise UsageError(f"{chosen!r} samples in one process; on a cluster run a sweep, or the champion")
    where = {} if cluster is None else {"cluster": cluster}
    trainee = _made(make, settings, {"threads": threads, "device": device, **where})
    folder = RunFolder(out, resume=resume)
    run = Run(trainee, folder, Plan(settings.steps, minutes, threads=threads, **(plan or {})), show)
    with folder.held():
        if resume:
            run.resume()
        folder.write_settings(chosen, words)
        begun()
        return run.go()


def _home(algorithm: str) -> tuple[Any, Any]:
    if algorithm not in HOMES:
        raise UsageError(f"there is no algorithm {algorithm!r}; there are {', '.join(HOMES)}")
    module, name = HOMES[algorithm]
    home = library(module, "training", "train")
    return home.Config, getattr(home, name)


def _made(make: Any, settings: Any, options: Mapping[str, Any]) -> Any:
    """The trainee; what it cannot do with these settings is said in words."""
    try:
        return make(settings, **options)
    except MyorunError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"nothing can be trained with these settings: {error}; change them with --set") from None


def _check_device(device: str) -> None:
    if device == "cpu":  # always there, and what learns without a network needs no torch
        return
    import torch

    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        first = str(error).splitlines()[0]
        raise UsageError(
            f"device {device!r} cannot be used here ({first}); leave --device out for the processor"
        ) from None
