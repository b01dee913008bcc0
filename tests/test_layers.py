"""The rooms of the house, read from the source: nothing below knows anything above, and no two need each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src"

# From the ground up. A module may import from its own room and from those below.
ROOMS: tuple[tuple[str, ...], ...] = (
    ("version", "errors", "summation", "closing", "processors"),
    ("output", "extras", "locks"),
    ("anatomy",),
    ("_core",),
    ("physics",),
    ("course",),
    ("trajectory",),
    ("view", "gait"),
    ("plots",),
    ("readings", "observation", "task"),
    ("actions", "play", "reset", "onlooker", "env", "vector"),
    ("registration",),
    ("reflex",),
    ("policy",),
    ("controllers",),
    ("run", "cluster", "stable_baselines", "evaluate"),
    ("train", "client"),
    ("challenge",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}

# What the base install brings, and the rooms that may use each package of it.
PACKAGES = {
    "alembic": {"challenge"},
    "argon2": {"challenge"},
    "cma": {"train"},
    "docker": {"challenge"},
    "fastapi": {"challenge"},
    "gymnasium": {"env", "vector", "registration", "cluster", "stable_baselines", "train", "client", "osim"},
    "huey": {"challenge"},
    "imageio_ffmpeg": {"view"},
    "matplotlib": {"plots", "gait"},
    "numpy": None,  # everyone
    "opensim": {"physics"},
    "pygame": {"view"},
    "ray": {"cluster"},
    "redis": {"challenge", "client", "commands"},
    "rich": {"course", "cli", "anatomy", "commands", "train", "client"},
    "safetensors": {"policy", "train"},
    "sb3_contrib": {"train"},
    "scipy": {"gait"},
    "sqlalchemy": {"challenge", "commands"},
    "stable_baselines3": {"stable_baselines", "train"},
    "starlette": {"challenge"},
    "torch": {"train"},
    "typer": {"cli"},
    "uvicorn": {"challenge"},
}


def modules() -> dict[str, Path]:
    """Dotted name → file, of every module of both packages."""
    files = [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.pyi")]
    return {_dotted(f): f for f in files if not any(part.startswith(".") for part in f.parts)}


def _dotted(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports_of(module: str) -> tuple[str, ...]:
    """Every module imported anywhere in the file of one, inside functions and for type checking too."""
    return tuple(_imports(module, MODULES[module]))


def _imports(module: str, file: Path) -> Iterator[str]:
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in MODULES else base


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def room_of(module: str) -> str:
    top, _, rest = module.partition(".")
    return top if top != "myorun" else rest.partition(".")[0]


MODULES = modules()
# The front door lists what is behind it and opens it on demand: it is on no floor.
INNER = sorted(m for m in MODULES if m.startswith("myorun."))


def test_there_is_something_to_read() -> None:
    assert len(INNER) > 30


@pytest.mark.parametrize("module", INNER)
def test_every_module_has_a_room(module: str) -> None:
    assert room_of(module) in FLOOR, f"{module}: name its room in ROOMS"


@pytest.mark.parametrize("module", INNER)
def test_no_module_imports_from_a_higher_room(module: str) -> None:
    own = FLOOR[room_of(module)]
    inside = [name for name in imports_of(module) if name.split(".")[0] == "myorun"]
    assert "myorun" not in inside, f"{module} goes back through the front door"
    higher = [name for name in inside if FLOOR[room_of(name)] > own]
    assert higher == []


@pytest.mark.parametrize("module", INNER)
def test_nothing_depends_on_the_names_of_2017(module: str) -> None:
    assert not any(name.split(".")[0] == "osim" for name in imports_of(module))


@pytest.mark.parametrize("module", sorted(MODULES))
def test_packages_are_used_in_their_rooms_only(module: str) -> None:
    used = {name.split(".")[0] for name in imports_of(module)}
    for package, rooms in PACKAGES.items():
        if package in used and rooms is not None:
            assert room_of(module) in rooms, f"{module} uses {package}"


def test_there_is_no_import_cycle() -> None:
    graph = {m: {i for i in imports_of(m) if i in MODULES and i != m} for m in INNER}
    assert _cycle(graph) == []


def _cycle(graph: dict[str, set[str]]) -> list[str]:
    """Some modules that cannot be put in an order, found by removing those that need nothing, again and again."""
    left = {module: set(needs) & set(graph) for module, needs in graph.items()}
    while True:
        free = {module for module, needs in left.items() if not needs & set(left)}
        if not free:
            return sorted(left)
        left = {module: needs for module, needs in left.items() if module not in free}


def test_the_search_for_cycles_finds_one() -> None:
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["a", "b", "c"]
    assert _cycle({"a": {"b"}, "b": set()}) == []
