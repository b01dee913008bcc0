"""Images of a play-off beside backups: nothing a restored ledger needs is left out, nothing damaged is taken."""

from __future__ import annotations

import hashlib
import shutil
import stat
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from challenge.conftest import add
from myorun.challenge import submissions
from myorun.challenge.image_copies import bring_images, images_of, save_images
from myorun.challenge.ledger import open_ledger
from myorun.challenge.playoff.sources import UPLOADED
from myorun.challenge.settings import LEDGER, load_settings
from myorun.cli import app
from myorun.errors import UsageError

_RULES = """
name = "Spring"
[[stages]]
name = "final"
opens = 2020-01-01T00:00:00Z
closes = 2099-01-01T00:00:00Z
agents = "containers"
courses = 1
parallel = 9
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A challenge with two images that submissions wait for, one in a registry, and one that nobody needs."""
    place = tmp_path / "spring"
    (place / "playoff" / "images").mkdir(parents=True)
    (place / "challenge.toml").write_text(_RULES)
    settings, ledger = load_settings(place), open_ledger(place)
    user, _ = add(ledger, "ann")
    named = [UPLOADED + _keep(place, content) for content in (b"one" * 1000, b"two" * 1000)]
    _keep(place, b"of nobody")
    for image in [*named, "registry.example.org/agent@sha256:" + "a" * 64]:
        ledger.write(
            lambda c, image=image: submissions.hand_in(c, settings, settings.stages[0], user, image, time.time())
        )
    ledger.engine.dispose()
    return place


def _keep(place: Path, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    (place / "playoff" / "images" / f"{sha256}.tar").write_bytes(content)
    return sha256


def test_a_challenge_is_restored_with_its_images(folder: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    needed = images_of(folder, folder / LEDGER)
    assert len(needed.there) == 2 and needed.size == 6000 and not needed.missing
    seen: list[tuple[int, int]] = []
    assert save_images(folder, folder / LEDGER, copies, lambda done, of: seen.append((done, of))) == 2
    assert seen == [(3000, 6000), (6000, 6000)]
    assert {copy.name for copy in copies.iterdir()} == {image.name for image in needed.there}
    assert all(stat.S_IMODE(copy.stat().st_mode) == 0o600 for copy in copies.iterdir())
    assert save_images(folder, folder / LEDGER, copies) == 0, "what is there is not copied again"
    shutil.rmtree(folder / "playoff")
    assert bring_images(folder, folder / LEDGER, copies) == 2
    assert not images_of(folder, folder / LEDGER).missing


def test_what_is_damaged_or_gone_is_said_and_the_rest_is_copied(folder: Path, tmp_path: Path) -> None:
    first, second = images_of(folder, folder / LEDGER).there
    first.write_bytes(b"not what its name says")
    with pytest.raises(UsageError, match=r"1 of 2 images .* damaged"):
        save_images(folder, folder / LEDGER, tmp_path / "copies")
    assert [copy.name for copy in (tmp_path / "copies").iterdir()] == [second.name]
    first.unlink()
    with pytest.raises(UsageError, match=r"1 of 1 images .* No such file"):
        save_images(folder, folder / LEDGER, tmp_path / "copies")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="no folder for images"):
        save_images(folder, folder / LEDGER, tmp_path / "file")


def test_the_commands_say_what_is_left_out(folder: Path, tmp_path: Path) -> None:
    def said(*words: str | Path) -> str:
        done = CliRunner().invoke(app, ["challenge", *map(str, words)])
        assert done.exit_code == 0, done.output
        return done.stdout

    copies = tmp_path / "copies"
    assert "not in it: 2 images" in said("backup", folder, tmp_path / "a.sqlite3")
    assert "copied 2 new images" in said("backup", folder, tmp_path / "b.sqlite3", "--images", copies)
    shutil.rmtree(folder / "playoff")
    assert "missing: 2 images" in said("restore", folder, tmp_path / "a.sqlite3")
    time.sleep(1.0)  # the ledger of before is kept in a folder named by the second
    assert "put 2 images back" in said("restore", folder, tmp_path / "b.sqlite3", "--images", copies)
