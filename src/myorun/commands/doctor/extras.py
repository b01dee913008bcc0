"""The optional packages, by the extra that brings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import MappingProxyType

from myorun.commands.doctor.finding import Finding, Part

# Extra → the modules it brings, and what for. OpenSim has a part of its own.
EXTRAS: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "train": (("cma", "sb3_contrib", "stable_baselines3", "tensorboard", "torch"), "learning: myorun train"),
        "gait": (("matplotlib", "scipy"), "gait analysis and graphs: myorun gait, myorun plot"),
        "lab": (("ezc3d", "pyarrow"), "laboratory files (.c3d) and Parquet for myorun gait"),
        "challenge": (
            ("alembic", "argon2", "docker", "fastapi", "huey", "httptools", "jinja2", "msgpack", "prometheus_client",
             "psycopg", "python_multipart", "redis", "sqlalchemy", "tomlkit", "uvicorn", "websockets"),
            "holding a challenge: myorun challenge",
        ),
        "cluster": (("ray",), "sampling on many machines: myorun train --cluster"),
    }
)  # fmt: skip


def extra(name: str) -> Callable[[], Finding]:
    """The look at one extra."""

    def look() -> Finding:
        modules, gives = EXTRAS[name]
        part = Part(name, gives, f"pip install 'myorun[{name}]'")
        absent = [module for module in modules if find_spec(module) is None]
        return part.missing(f"not installed: {', '.join(absent)}") if absent else part.ok("installed")

    return look
