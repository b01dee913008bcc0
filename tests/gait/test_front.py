"""The front door of the room: light to open, and clear about what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"], capture_output=True, text=True
    )


@pytest.mark.parametrize("package", ["scipy", "matplotlib"])
def test_without_its_packages_the_extra_is_named(package: str) -> None:
    done = python(f"sys.modules[{package!r}] = None; from myorun.cli import main; main(['gait', 'reflex'])")
    assert done.returncode == 2
    assert "myorun[gait]" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_door_costs_nothing() -> None:
    done = python("import myorun.gait; assert not {'scipy', 'matplotlib', 'myorun._core'} & sys.modules.keys()")
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_behind_it() -> None:
    pytest.importorskip("scipy")
    pytest.importorskip("matplotlib")
    import myorun.gait

    for name in myorun.gait.__all__:
        assert getattr(myorun.gait, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = myorun.gait.nothing
