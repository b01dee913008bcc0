"""The gate shuts where it should."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest

GATE = runpy.run_path(str(Path(__file__).resolve().parent.parent / "scripts" / "gate.py"))

# A kernel calls a function of the core's kind, which calls a plain one.
DEVICE_CODE = """
#include "number.h"
{mark} float plain(float x) {{ return x + 1; }}
template <class T> MYORUN_DEVICE T law(T x) {{ return plain(x); }}
__global__ void kernel(float* x) {{ *x = law<float>(*x); }}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    if shutil.which("nvcc") is None:
        pytest.skip("nvcc is not installed")
    return tmp_path / "kernel.cu"


@pytest.mark.parametrize("mark", ["inline", "constexpr"])
def test_device_code_must_not_call_what_only_a_processor_has(source: Path, mark: str) -> None:
    source.write_text(DEVICE_CODE.format(mark=mark), encoding="utf-8")
    assert "__host__ __device__ function" in GATE["device_code"](source)


def test_device_code_whose_functions_are_all_marked_passes(source: Path) -> None:
    source.write_text(DEVICE_CODE.format(mark="MYORUN_DEVICE"), encoding="utf-8")
    assert GATE["device_code"](source) == ""


def test_without_nvcc_device_code_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert GATE["device_code"](tmp_path / "there_is_no_such_file.cu") == ""
