"""The doctor looks at what is really there, survives what hangs and crashes, and says what would help."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from myorun.cli import main
from myorun.commands.doctor import EXTRAS, PARTS, Finding, examine, is_well
from myorun.commands.doctor.programs import ask, ask_python, major_version
from myorun.commands.doctor.services import without_password
from myorun.errors import UsageError
from myorun.physics import instruction_sets
from started import free_port, is_open, started, wait_until

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def look_at(part: str) -> Finding:
    (finding,) = examine([part])
    return finding


def status_of(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["doctor", *words])
    return int(left.value.code or 0)


def test_every_part_says_what_it_gives_and_what_brings_it() -> None:
    findings = examine()
    assert [f.part for f in findings] == list(PARTS)
    for finding in findings:
        assert finding.found and finding.gives
        assert bool(finding.remedy) == (finding.state != "ok"), finding


def test_the_core_is_tried_and_its_instruction_sets_are_told() -> None:
    assert look_at("core").state == "ok"
    assert look_at("instructions").found == f"{instruction_sets()[-1]} in use of {', '.join(instruction_sets())}"


def test_a_table_or_an_object_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert status_of("core", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["well"] and [part["part"] for part in told["parts"]] == ["core"]
    assert status_of("compiler") == 1  # asked for by name, and missing
    said = capsys.readouterr().out
    assert "no-such-compiler: not found" in said and "it gives: " in said and "to have it: " in said


def test_what_is_missing_is_no_fault_unless_demanded() -> None:
    absent = Finding("gpu", "missing", "none", "speed", "buy one")
    assert is_well([absent])
    assert not is_well([absent], ["gpu"])
    assert not is_well([Finding("gpu", "broken", "no driver", "speed", "mend it")])
    assert not is_well([Finding("core", "missing", "none", "all", "install it", needed=True)])


def test_an_unknown_part_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="there is no part 'nix'; there are python, core"):
        examine(["nix"])


# ---------------------------------------------------------------- programs that misbehave


def test_a_program_that_hangs_is_left_alone() -> None:
    assert ask_python("import time; time.sleep(60)", patience=0.5).text.startswith("no answer within 0.5 s, perhaps")


def test_a_program_that_crashes_is_an_answer() -> None:
    assert ask_python("import os; os.abort()").text == "killed by signal 6"
    assert ask_python("import no_such_module").text == "ModuleNotFoundError: No module named 'no_such_module'"
    assert not ask("/no/such/program").well


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("g++ (Debian 9.4.0-1) 9.4.0", "broken"),
        ("g++ (Debian 12.2.0-14) 12.2.0", "ok"),
        ("Debian clang version 14.0.6", "broken"),
        ("Apple clang version 16.0.0 (clang-1600.0.26.3)", "ok"),
    ],
)
def test_a_compiler_without_c_plus_plus_20_is_too_old(
    said: str, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "cxx"
    compiler.write_text(f"#!/bin/sh\necho '{said}'\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    assert look_at("compiler").state == state
    assert major_version(said) == int(re.search(r"(\d+)\.\d", said)[1])  # type: ignore[index]


# ---------------------------------------------------------------- extras, as pyproject.toml has them


def test_the_extras_are_those_of_the_project() -> None:
    assert set(EXTRAS) == set(PROJECT["optional-dependencies"]) - {"opensim", "dev", "docs", "release"}


@pytest.mark.parametrize("name", EXTRAS)
def test_an_extra_lists_a_module_for_each_of_its_packages(name: str) -> None:
    wanted = {_plain(re.split(r"[\[><=~ ]", line)[0]) for line in PROJECT["optional-dependencies"][name]}
    modules = EXTRAS[name][0]
    assert len(modules) == len(wanted)
    known = packages_distributions()
    for module in modules:
        owners = {_plain(owner) for owner in known.get(module, ())}
        assert not owners or owners & wanted, module


def _plain(package: str) -> str:
    return package.lower().replace("_", "-")


# ---------------------------------------------------------------- services


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[str]:
    """A Redis of our own; its address."""
    program = shutil.which("redis-server")
    pytest.importorskip("redis")
    if program is None:
        pytest.skip("there is no redis-server here")
    port = free_port()
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "secret"]
    with started(words, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: is_open(port), process)
        yield f"redis://:secret@127.0.0.1:{port}/0"


def test_a_redis_that_answers_is_found_and_its_password_kept(
    redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYORUN_REDIS", redis_server)
    finding = look_at("redis")
    assert finding.state == "ok"
    assert "secret" not in finding.found
    monkeypatch.setenv("MYORUN_REDIS", redis_server.replace("secret", "wrong"))
    assert look_at("redis").state == "broken"


@pytest.mark.parametrize(
    ("part", "module", "variable", "address"),
    [
        ("redis", "redis", "MYORUN_REDIS", "redis://:secret@127.0.0.1:1/0"),
        ("redis", "redis", "MYORUN_REDIS", "nonsense"),
        ("container", "docker", "DOCKER_HOST", "tcp://127.0.0.1:1"),
        ("container", "docker", "DOCKER_HOST", "nonsense"),
        ("postgresql", "psycopg", "DATABASE_URL", "postgresql+psycopg://me:secret@127.0.0.1:1/run"),
    ],
)
def test_a_service_that_was_named_and_does_not_answer_is_broken(
    part: str, module: str, variable: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(module)
    monkeypatch.setenv(variable, address)
    finding = look_at(part)
    assert finding.state == "broken"
    assert "secret" not in finding.found
    assert not is_well([finding])


def test_passwords_are_left_out_of_addresses() -> None:
    assert "secret" not in without_password("me:secret@host")
    assert without_password("nonsense") == "an address that does not begin with a scheme and ://"
    assert without_password("postgresql+psycopg://me:p%40ss@host:5432/run") == "postgresql+psycopg://host:5432/run"
