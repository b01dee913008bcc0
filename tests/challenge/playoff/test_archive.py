"""Image archives of strangers: good ones are read, whatever else they send gets a sentence."""

from __future__ import annotations

import gzip
import io
import json
import resource
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenge.playoff import archives
from challenge.playoff.archives import LAYER, configuration, docker, entry, file, oci, packed, tar, written
from myorun.challenge.playoff.archive import check_archive
from myorun.challenge.playoff.archive_writer import docker_archive, oci_archive
from myorun.challenge.playoff.limits import MiB, Playoff
from myorun.challenge.refusals import ArchiveError

SMALL = Playoff(archive_mb=8, unpacked_mb=8, files=100)
HUGE = 10**15


@pytest.mark.parametrize("files", [oci(), oci(packed=False), docker(), oci([LAYER, LAYER])])
def test_good_archives_are_read_and_written_anew(tmp_path: Path, files: dict[str, bytes]) -> None:
    archive = check_archive(written(tmp_path, files), SMALL)
    assert archive.files == 2 * len(archive.layers) and archive.config["os"] == "linux"
    again = b"".join(docker_archive(archive, "localhost/agent:1"))
    assert check_archive(written(tmp_path, again), SMALL).unpacked == archive.unpacked
    with tarfile.open(fileobj=io.BytesIO(again)) as members:
        manifest = json.load(members.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert manifest[0]["RepoTags"] == ["localhost/agent:1"]


def test_an_oci_archive_is_the_same_whenever_it_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, docker([LAYER, LAYER]))
    ours = tmp_path / "ours.tar"
    hashes = [oci_archive(check_archive(path, SMALL), ours) for _ in range(2)]
    assert hashes[0] == hashes[1] == archives.digest(ours.read_bytes())
    assert check_archive(ours, SMALL).files == 4


def test_what_an_engine_would_do_unasked_is_left_out(tmp_path: Path) -> None:
    inner = {"Cmd": ["a"], "Volumes": {"/x": {}}, "Healthcheck": {"Test": ["CMD", "x"]}, "OnBuild": ["RUN x"]}
    odd = {"history": [{}] * 9, "created": "yesterday", "container_config": 7}
    archive = check_archive(written(tmp_path, oci(config=configuration([LAYER], config=inner, **odd))), SMALL)
    again = check_archive(written(tmp_path, b"".join(docker_archive(archive, "a:1"))), SMALL)
    assert again.config["config"] == {"Cmd": ["a"]}
    assert set(again.config) == {"architecture", "os", "config", "rootfs"}


def _manifest(**changed: Any) -> dict[str, bytes]:
    files = oci()
    place = json.loads(files["index.json"])["manifests"][0]["digest"].removeprefix("sha256:")
    words = json.dumps({**json.loads(files.pop(f"blobs/sha256/{place}")), **changed}).encode()
    files[f"blobs/sha256/{archives.digest(words)}"] = words
    files["index.json"] = json.dumps({"manifests": [{"digest": f"sha256:{archives.digest(words)}"}]}).encode()
    return files


def _layer(*members: Any) -> dict[str, bytes]:
    return oci([tar(*members)])


def _config(**changed: Any) -> dict[str, bytes]:
    return oci(config=configuration([LAYER], **changed))


def _with_attribute(name: str) -> tarfile.TarInfo:
    return entry("a", pax_headers={f"SCHILY.xattr.{name}": "/etc"})


def _sparse_bomb() -> bytes:
    info = entry("zeros")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(HUGE)}
    return tar((info, b"0\n" + bytes(510)))


def _bomb() -> bytes:
    return tar(file("zeros", bytes(12 * MiB)))


def _long_header() -> bytes:
    info = entry("a")
    info.pax_headers = {"comment": "x" * 100_000}
    return tar(info)


def _nested_headers(count: int = 2000) -> bytes:
    header = tarfile.TarInfo("g")
    header.type, header.size = tarfile.XGLTYPE, 0
    return header.tobuf() * count + bytes(1024)


WRONG: dict[str, tuple[Any, str]] = {
    "empty": (b"", "damaged|no image"),
    "no tar": (b"GIF89a" * 200, "damaged"),
    "a gzipped tar": (gzip.compress(packed(oci())), "damaged"),
    "cut off": (packed(oci())[:-12_000], "damaged|cut off|no plain file"),
    "no image": ({"readme.txt": b"hello"}, "neither index.json"),
    "index is no JSON": ({**oci(), "index.json": b"{"}, "no JSON document"),
    "index nested without end": ({**oci(), "index.json": b"[" * 100_000}, "no JSON document"),
    "index is a list": ({**oci(), "index.json": b"[]"}, "no JSON object"),
    "no manifest": ({**oci(), "index.json": b'{"manifests": []}'}, "0 images"),
    "two images": ({**docker(), "manifest.json": b"[{}, {}]"}, "2 images"),
    "docker without config": ({**docker(), "manifest.json": b'[{"Layers": []}]'}, "no plain file"),
    "layers are words": ({**docker(), "manifest.json": b'[{"Config": "config.json", "Layers": [3]}]'}, "no plain file"),
    "a digest that is a path": (
        {**oci(), "index.json": b'{"manifests": [{"digest": "sha256:../../../etc/passwd"}]}'},
        "no sha256 digest",
    ),
    "a manifest of another hash": (
        {name: b"{}" if name.startswith("blobs") else content for name, content in oci().items()},
        "not what its digest says",
    ),
    "layers missing": (_manifest(layers=[{"digest": f"sha256:{'0' * 64}"}]), "no plain file"),
    "zstd": (
        _manifest(
            layers=[{"digest": f"sha256:{'0' * 64}", "mediaType": "application/vnd.oci.image.layer.v1.tar+zstd"}]
        ),
        "zstd",
    ),
    "more layers than named": (_manifest(layers=[]), "names 1 layers"),
    "another machine": (_config(architecture="s390x"), "for linux/s390x.*--platform"),
    "another system": (_config(os="windows"), "for windows/"),
    "no rootfs": (_config(rootfs=None), "no JSON object"),
    "config is a word": (_config(config="x"), "no JSON object"),
    "a command that is none": (_config(config={"Cmd": {"a": 1}}), "Cmd is no list of words"),
    "an environment of numbers": (_config(config={"Env": [1]}), "Env is no list of words"),
    "a folder within /proc": (_config(config={"WorkingDir": "/proc/self/fd/8"}), "outside /proc"),
    "a folder that leads to /proc": (_config(config={"WorkingDir": "/a/../proc/self/fd/8"}), "outside /proc"),
    "a folder from nowhere": (_config(config={"WorkingDir": "proc"}), "must be absolute"),
    "a folder that is none": (_config(config={"WorkingDir": ["/"]}), "must be absolute"),
    "another layer": (_config(rootfs={"diff_ids": [f"sha256:{'0' * 64}"]}), "layer is not what its digest says"),
    "a layer that points out": (_layer(file("../../etc/passwd", b"x")), "points out of it"),
    "a hard link out": (_layer(entry("a", tarfile.LNKTYPE, linkname="../../etc/shadow")), "link out of it"),
    "a removal of what lies above": (_layer(entry("a/.wh...")), "would remove the folder"),
    "attributes of the system": (_layer(_with_attribute("trusted.overlay.redirect")), "only the system may set"),
    "a disk": (_layer(entry("dev/sda", tarfile.BLKTYPE, devmajor=8)), "device"),
    "a terminal": (_layer(entry("dev/tty", tarfile.CHRTYPE)), "device"),
    "many files": (_layer(*(entry(f"f{n}") for n in range(101))), "more than 100 files"),
    "a bomb": (oci([_bomb()]), "unpacks to more than 8 MiB"),
    "a sparse bomb": (oci([_sparse_bomb()]), "unpacks to more than 8 MiB"),
    "a bomb in pieces": (oci([tar(entry(f"f{n}")) + bytes(6 * MiB) for n in range(3)]), "unpacks to more than 16 MiB"),
    "no layers": (oci([]), "has 0 layers"),
    "a bomb behind the end": (oci([tar(entry("a")) + bytes(20 * MiB)]), "unpacks to more than 16 MiB"),
    "a long header": (oci([_long_header()]), "header of"),
    "headers within headers": (oci([_nested_headers()]), "damaged"),
    "two entries": (tar(file("index.json", b"{}"), file("index.json", b"{}")), "two entries"),
    "a name that points out": (tar(file("../index.json", b"{}")), "points out of it"),
    "the manifest is a link": (
        tar(entry("index.json", tarfile.SYMTYPE, linkname="/etc/passwd")),
        "neither index.json",
    ),
    "too large": (bytes(9 * MiB), "at most 8 MiB"),
    "many entries": (tar(*(entry(f"f{n}") for n in range(10_001))), "more than 10000 entries"),
    "a manifest of megabytes": ({**oci(), "index.json": b" " * (5 * MiB)}, "a manifest has at most"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_archives_get_a_sentence(tmp_path: Path, name: str) -> None:
    files, sentence = WRONG[name]
    with pytest.raises(ArchiveError, match=sentence) as caught:
        check_archive(written(tmp_path, files), SMALL)
    assert len(caught.value.message) < 400


def test_a_layer_that_is_cut_off_or_wrong_within(tmp_path: Path) -> None:
    squeezed = gzip.compress(LAYER, mtime=0)
    for broken in (squeezed[:-9], squeezed[:-8] + bytes(8), squeezed[:40] + b"\xff" * 20 + squeezed[60:]):
        files = docker()
        files["0/layer.tar"] = broken
        with pytest.raises(ArchiveError, match="damaged"):
            check_archive(written(tmp_path, files), SMALL)


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    bomb = gzip.compress(tar(file("zeros", bytes(400 * MiB))), compresslevel=1)
    files = docker()
    files["0/layer.tar"] = bomb
    path = written(tmp_path, files)
    del bomb, files
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ArchiveError, match="unpacks to more than"):
        check_archive(path, SMALL)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_refused_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(packed(oci(packed=data.draw(st.booleans()))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = written(tmp_path_factory.mktemp("fuzz"), bytes(whole))
    try:
        archive = check_archive(path, SMALL)
    except ArchiveError:
        return
    assert archive.files == 2  # the damage lay where nothing is kept
