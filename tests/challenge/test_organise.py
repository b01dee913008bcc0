"""What the organiser does: folders, tokens, stages, backup, export."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from challenge.conftest import Clock
from myorun.challenge import audits, backups, exports, organise, people, pulse
from myorun.challenge.grader import Grader
from myorun.challenge.ledger import Ledger, open_ledger
from myorun.challenge.refusals import UnknownError
from myorun.challenge.server import open_challenge, serve
from myorun.challenge.settings import load_settings
from myorun.challenge.tables import metadata
from myorun.errors import UsageError
from myorun.version import __version__


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    organise.init(tmp_path / "spring", 'Spring "run" \\ 2026')
    return tmp_path / "spring"


def play(folder: Path, name: str, steps: int = 10, *, submit: bool = True) -> int:
    """A run on the first course."""
    settings, ledger = open_challenge(folder)
    grader = Grader(ledger, settings, Clock(settings.stages[0].opens.timestamp() + 1.0))

    async def work() -> int:
        user = ledger.read(lambda connection: people.find_user(connection, name))
        assert user is not None
        run, _ = await grader.create(user, settings.stages[0], protocol="2", client="test")
        await grader.reset(run.id)
        for _ in range(steps):
            await grader.step(run.id, [0.1] * 18)
        if submit:
            await grader.submit(run.id)
        return run.id

    run = asyncio.run(work())
    grader.close()
    ledger.close()
    return run


def test_a_new_folder_is_readable_by_its_owner_only(folder: Path) -> None:
    assert load_settings(folder).name == 'Spring "run" \\ 2026'
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder.glob("[cl]*.*") if file.is_file())


def test_a_folder_holds_one_challenge(folder: Path) -> None:
    with pytest.raises(UsageError, match="holds a challenge already"):
        organise.init(folder, "Again")


@pytest.mark.parametrize("name", ["", " ", "x" * 81])
def test_a_name_that_cannot_be_leaves_no_settings_behind(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        organise.init(tmp_path / "bad", name)
    assert not (tmp_path / "bad" / "challenge.toml").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("quota = 5 ", "quota = 0 ", "stages.0.quota"),
        ("quota = 5 ", "qouta = 5 ", "stages.0.qouta"),
        ('rules = "v1"', 'rules = "v9"', "rules"),
        ('name = "open"', 'name = "Open!"', "stages.0.name"),
        ('counts = "best"', 'counts = "worst"', "stages.0.counts"),
        ("difficulty = 2", "difficulty = 3", "stages.0.difficulty"),
        ("# seeds = [11, 22, 33]", "seeds = [11, 22, -33]", "stages.0.seeds"),
        ("sign_up", "= sign_up", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(folder: Path, old: str, new: str, said: str) -> None:
    file = folder / "challenge.toml"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(UsageError, match=said) as refused:
        load_settings(folder)
    assert "-33" not in str(refused.value), "seeds do not come up on a screen"


def test_drawn_seeds_stay_and_cannot_be_tried_out(folder: Path) -> None:
    organise.enter_user(folder, "ann")
    play(folder, "ann")
    seeds = _seeds(folder)
    play(folder, "ann")
    assert _seeds(folder) == seeds
    assert len(set(seeds)) == 3 and all(seed >= 2**32 for seed in seeds)


def _seeds(folder: Path) -> list[int]:
    with sqlite3.connect(folder / "ledger.sqlite3") as connection:
        [(document,)] = connection.execute("SELECT document FROM plans").fetchall()
    connection.close()
    return list(json.loads(document)["seeds"])


def test_what_a_stage_runs_on_cannot_change(folder: Path) -> None:
    organise.enter_user(folder, "ann")
    play(folder, "ann")
    file = folder / "challenge.toml"
    file.write_text(file.read_text().replace("max_obstacles = 3", "max_obstacles = 4"))
    with pytest.raises(UsageError, match="another max_obstacles"):
        play(folder, "ann")


def test_the_ledger_is_what_its_tables_say(ledger: Ledger) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert ledger.read(differences) == []


def test_a_backup_is_a_ledger(folder: Path, tmp_path: Path) -> None:
    organise.enter_user(folder, "ann")
    run = play(folder, "ann")
    copy = backups.backup(folder, tmp_path / "copy.sqlite3")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    (folder / "ledger.sqlite3").write_bytes(copy.read_bytes())
    assert [(audit.run, audit.holds) for audit in audits.rescore(folder)] == [(run, True)]
    with pytest.raises(UsageError, match="is there already"):
        backups.backup(folder, copy)


def test_a_backup_is_restored_whatever_a_killed_server_left(folder: Path, tmp_path: Path) -> None:
    organise.enter_user(folder, "ann")
    run = play(folder, "ann")
    copy = backups.backup(folder, tmp_path / "copy.sqlite3")
    command = [sys.executable, "-c", _KILLED, str(folder)]
    assert subprocess.run(command, check=False).returncode == -9
    log = (folder / "ledger.sqlite3-wal").read_bytes()
    assert len(log) > 10_000, "what the killed process had not yet moved into the ledger"
    aside = backups.restore(folder, copy)
    assert not list(tmp_path.glob("copy.sqlite3-*")), "a backup is one file, also when it was read"
    assert (aside / "ledger.sqlite3-wal").read_bytes() == log
    assert [(audit.run, audit.holds) for audit in audits.rescore(folder)] == [(run, True)]
    with pytest.raises(Exception, match="no participant 'late 1'"):
        organise.new_token(folder, "late 1", "laptop")
    assert play(folder, "ann") == run + 1


_KILLED = """
import os, signal, sys
from myorun.challenge import organise, people
from myorun.challenge.server import open_challenge

_, ledger = open_challenge(sys.argv[1])
for number in range(20):
    ledger.write(lambda connection: people.add_user(connection, f"late {number}", 1.0))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_ledger_is_replaced_by_a_ledger_only_and_by_nobody_while_it_is_served(folder: Path, tmp_path: Path) -> None:
    copy = backups.backup(folder, tmp_path / "copy.sqlite3")
    before = (folder / "ledger.sqlite3").read_bytes()
    other, damaged = tmp_path / "other.sqlite3", tmp_path / "damaged.sqlite3"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE t (a)")
    damaged.write_bytes(copy.read_bytes()[:8192])
    for wrong in (other, damaged, folder / "challenge.toml", tmp_path / "none"):
        with pytest.raises(UsageError, match=r"no ledger|damaged"):
            backups.restore(folder, wrong)
    _, ledger = open_challenge(folder)
    with closing(ledger):
        ledger.write(lambda connection: pulse.note_alive(connection, time.time()))
    with pytest.raises(UsageError, match=r"a server of .* is running"):
        backups.restore(folder, copy)
    assert (folder / "ledger.sqlite3").read_bytes()[:100] == before[:100] and not list(folder.glob("replaced-*"))


def _close(folder: Path) -> None:
    file = folder / "challenge.toml"
    file.write_text(file.read_text().replace("opens = 20", "opens = 2020-01-01T00:00:00Z # 20"))
    organise.change_stage(folder, "open", closes="now")


def test_a_stage_is_exported_when_its_last_run_is_over(folder: Path, tmp_path: Path) -> None:
    organise.enter_user(folder, "ann")
    run = play(folder, "ann", submit=False)
    _close(folder)
    with pytest.raises(UsageError, match="begun before the stage closed are open until"):
        exports.export(folder, tmp_path / "early.zip")
    organise.refund(folder, run)
    exports.export(folder, tmp_path / "data.zip")
    with pytest.raises(UsageError, match="cannot be written"):
        exports.export(folder, tmp_path / "none" / "data.zip")


def test_an_export_of_what_was_tampered_with_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    organise.enter_user(folder, "ann")
    run = play(folder, "ann")
    _close(folder)
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection, connection:
        connection.execute("UPDATE events SET payload = zeroblob(144) WHERE seq = 4")
    [audit] = audits.rescore(folder)
    assert not audit.holds and "event 4" in audit.problem
    with pytest.raises(UsageError, match=f"run {run}, event 4 is not what was written"):
        exports.export(folder, tmp_path / "data.zip")
    assert not (tmp_path / "data.zip").exists()


def test_a_run_of_another_version_is_sealed_though_not_computed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    organise.enter_user(folder, "ann")
    play(folder, "ann")
    monkeypatch.setattr("myorun.challenge.audits.__version__", "99.0.0")
    [audit] = audits.rescore(folder)
    assert audit.holds and audit.engine == __version__ and audit.recomputed is None
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection, connection:
        connection.execute("UPDATE runs SET score = score + 1")
    [audit] = audits.rescore(folder)
    assert not audit.holds


def test_a_password_can_be_set_anew(folder: Path) -> None:
    organise.enter_user(folder, "ann")
    organise.set_password(folder, "ANN", "a long password")
    _, ledger = open_challenge(folder)
    with closing(ledger):
        assert ledger.read(lambda c: people.user_with_password(c, "ann", "a long password")).name == "ann"
    with pytest.raises(Exception, match="no participant 'bob'"):
        organise.set_password(folder, "bob", "a long password")


def test_a_port_that_is_taken_is_said_in_words(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match=r"already in use.*--port"):
        serve(folder, "127.0.0.1", taken.getsockname()[1])


def test_an_open_stage_is_not_exported_and_a_closed_one_is_whole(folder: Path, tmp_path: Path) -> None:
    organise.enter_user(folder, "ann")
    run = play(folder, "ann")
    with pytest.raises(UsageError, match="still secret"):
        exports.export(folder, tmp_path / "early.zip")
    assert not (tmp_path / "early.zip").exists()
    _close(folder)
    with zipfile.ZipFile(exports.export(folder, tmp_path / "data.zip")) as archive:
        [record] = json.loads(archive.read("open/runs.json"))
        assert record["plan"]["seeds"] == _seeds(folder) and "salt" not in record["plan"]
        with archive.open(f"open/run-{run}.npz") as stream, np.load(stream) as arrays:
            assert arrays["course_0"].shape == (10, 18) and (arrays["course_0"] == 0.1).all()


def test_changing_a_stage_keeps_comments_and_refuses_nonsense(folder: Path) -> None:
    changed = organise.change_stage(folder, "open", closes="2031-01-01T00:00:00Z")
    assert changed.closes.year == 2031 and "# how many hidden courses" in (folder / "challenge.toml").read_text()
    for name, times in (("none", {"closes": "now"}), ("open", {"closes": "soon"}), ("open", {"closes": "2031-01-01"}),
                        ("open", {"closes": "1999-01-01T00:00:00Z"})):  # fmt: skip
        with pytest.raises(UsageError):
            organise.change_stage(folder, name, **times)
    assert load_settings(folder).stages[0].closes.year == 2031


def test_tokens_can_be_revoked_by_their_first_characters(folder: Path) -> None:
    first = organise.enter_user(folder, "ann")
    second = organise.new_token(folder, "ann", "laptop")
    assert organise.revoke_tokens(folder, "ANN", first[:8]) == 1
    ledger = open_ledger(folder)
    assert ledger.read(lambda connection: people.user_of_token(connection, second)).name == "ann"
    with pytest.raises(Exception, match="unknown or revoked"):
        ledger.read(lambda connection: people.user_of_token(connection, first))
    ledger.close()


def test_a_leaked_token_is_revoked_when_all_of_it_is_given(folder: Path) -> None:
    organise.enter_user(folder, "ann")
    leaked = organise.new_token(folder, "ann", "laptop")
    assert organise.revoke_tokens(folder, "ann", leaked) == 1
    with pytest.raises(UnknownError, match=r"ann has no valid token .* theirs begin with myo_....$"):
        organise.revoke_tokens(folder, "ann", leaked)


@pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://nobody@127.0.0.1:1/none", "oracle+none://x"])
def test_a_database_that_is_none_is_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError):
        open_ledger(tmp_path, url)
