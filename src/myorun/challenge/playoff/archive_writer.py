"""Image archives written anew: what was looked through, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from myorun.challenge.playoff.archive import LISTS, PLACE, Archive, Progress
from myorun.challenge.playoff.untrusted_tar import PIECE, Blob
from myorun.challenge.refusals import ArchiveError

_OCI = "application/vnd.oci.image"


def docker_archive(archive: Archive, name: str) -> Iterator[bytes]:
    """The image as every engine can load it, under a name of ours, in pieces.

    Nothing but its layers goes in, and of its configuration only its command, the command's environment and its folder:
    no places that it wants to keep, nothing that an engine would run unasked, nothing that it does not understand.
    """
    config = _tamed(archive.config)
    layers = [f"layer-{number}.tar" for number in range(len(archive.layers))]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": layers}]).encode()
    yield from _entry("config.json", len(config), iter([config]))
    for layer, blob in zip(layers, archive.layers, strict=True):
        yield from _entry(layer, blob.size, _pieces(archive.path, blob))
    yield from _entry("manifest.json", len(manifest), iter([manifest]))
    yield bytes(2 * tarfile.BLOCKSIZE)


def _tamed(config: dict[str, Any]) -> bytes:
    inner = {name: value for name, value in (config.get("config") or {}).items() if name in (*LISTS, PLACE) and value}
    words = {"os": config["os"], "architecture": config["architecture"], "config": inner}
    return json.dumps({**words, "rootfs": {"type": "layers", "diff_ids": config["rootfs"]["diff_ids"]}}).encode()


def _entry(name: str, size: int, content: Iterator[bytes]) -> Iterator[bytes]:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o644
    yield header.tobuf(tarfile.GNU_FORMAT)
    yield from content
    yield bytes(-size % tarfile.BLOCKSIZE)


def _pieces(path: Path, blob: Blob) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(blob.offset)
        left = blob.size
        while left:
            piece = stream.read(min(left, PIECE))
            if not piece:
                raise ArchiveError("the archive was cut off after it was looked through")
            yield piece
            left -= len(piece)


def oci_archive(archive: Archive, out: Path, progress: Progress = lambda done, of: None) -> str:
    """Write the image as an OCI archive with packed layers, the same bytes whenever it is written; their SHA-256."""
    blobs: list[dict[str, Any]] = []
    total, done = sum(blob.size for blob in archive.layers), 0
    with tarfile.open(out, "w", format=tarfile.GNU_FORMAT) as target:
        config = _add_blob(target, io.BytesIO(json.dumps(archive.config).encode()), f"{_OCI}.config.v1+json")
        for blob in archive.layers:
            with tempfile.TemporaryFile() as packed:
                _pack(archive.path, blob, packed)
                blobs.append(_add_blob(target, packed, f"{_OCI}.layer.v1.tar+gzip"))
            done += blob.size
            progress(done, total)
        words = {"schemaVersion": 2, "mediaType": f"{_OCI}.manifest.v1+json", "config": config, "layers": blobs}
        manifest = _add_blob(target, io.BytesIO(json.dumps(words).encode()), f"{_OCI}.manifest.v1+json")
        _add_file(target, "index.json", io.BytesIO(json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()))
        _add_file(target, "oci-layout", io.BytesIO(b'{"imageLayoutVersion": "1.0.0"}'))
    with out.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pack(path: Path, blob: Blob, target: IO[bytes]) -> None:
    """A layer as gzip, as it is where it is packed already."""
    pieces = _pieces(path, blob)
    first = next(pieces, b"")
    if first[:2] == b"\x1f\x8b":
        target.writelines((first, *pieces))
        return
    with gzip.GzipFile(filename="", fileobj=target, mode="wb", compresslevel=6, mtime=0) as packed:
        packed.write(first)
        for piece in pieces:
            packed.write(piece)


def _add_blob(target: tarfile.TarFile, content: IO[bytes], kind: str) -> dict[str, Any]:
    """Put a blob under the name of its hash; its descriptor."""
    content.seek(0)
    digest = hashlib.sha256()
    while piece := content.read(PIECE):
        digest.update(piece)
    place = f"blobs/sha256/{digest.hexdigest()}"
    if place not in target.getnames():  # two layers may be the same
        _add_file(target, place, content)
    return {"mediaType": kind, "digest": f"sha256:{digest.hexdigest()}", "size": content.seek(0, io.SEEK_END)}


def _add_file(target: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = content.seek(0, io.SEEK_END), 0o644
    content.seek(0)
    target.addfile(entry, content)
