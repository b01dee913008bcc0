"""Image archives that strangers hand in: looked through before any engine sees them, and written anew for it.

Two kinds are read, both as plain tar files: OCI archives (``index.json``, as ``podman save --format oci-archive``
writes them) and Docker's (``manifest.json``, as ``docker save`` does). Everything in one is taken for hostile: sizes
are counted while they are unpacked, never believed; nothing is written to disk; every hash is recomputed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from myorun.challenge.playoff.limits import MiB, Playoff
from myorun.challenge.refusals import RefusedError

Progress = Callable[[int, int], object]  # bytes looked through, of all

_MOST_MEMBERS = 10_000  # of the archive itself; an image has one a layer and a few more
_MOST_LAYERS = 500
_MOST_JSON = 4 * MiB
_MOST_HEADER = 16 * 1024  # bytes of one extended tar header: attributes and a long name
_MOST_SECONDS = 900.0
_PIECE = MiB
_LISTS, _PLACE = ("Env", "Entrypoint", "Cmd"), "WorkingDir"  # of a configuration: all that an engine is told of it
_NOT_WITHIN = ("proc", "sys", "dev")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class ArchiveError(RefusedError):
    """An archive that is not taken, and why, in words for its owner."""

    code, status = "bad_archive", 422


@dataclass(frozen=True)
class Blob:
    """A piece of the archive's file."""

    offset: int
    size: int  # bytes


@dataclass(frozen=True)
class Archive:
    """An archive that was looked through: all that an engine needs of it."""

    path: Path
    config: dict[str, Any]  # the image's configuration
    layers: tuple[Blob, ...]
    unpacked: int  # bytes that its files take
    files: int


def check_archive(path: Path, limits: Playoff, progress: Progress = lambda done, of: None) -> Archive:
    """Look through an archive; :class:`ArchiveError` if an engine should not see it."""
    try:
        with path.open("rb") as stream:
            return _Check(path, stream, limits, progress).archive()
    except (
        tarfile.TarError,
        EOFError,
        zlib.error,
        gzip.BadGzipFile,
        OverflowError,
        UnicodeError,
        RecursionError,
    ) as error:
        raise ArchiveError(f"the archive is damaged: {error}") from None


# ---------------------------------------------------------------- looking through


class _Check:
    def __init__(self, path: Path, stream: io.BufferedReader, limits: Playoff, progress: Progress) -> None:
        self._path, self._stream, self._limits, self._progress = path, stream, limits, progress
        self._until = time.monotonic() + _MOST_SECONDS
        self._size = path.stat().st_size
        self._files = self._unpacked = self._read = self._streamed = 0
        if self._size > limits.archive_mb * MiB:
            raise ArchiveError(f"the archive has {self._size} bytes; at most {limits.archive_mb} MiB are taken")

    def archive(self) -> Archive:
        self._members = self._table_of_contents()
        if "index.json" in self._members:
            config, layers = self._of_oci()
        elif "manifest.json" in self._members:
            config, layers = self._of_docker()
        else:
            raise ArchiveError("the archive has neither index.json (OCI) nor manifest.json (Docker): it is no image")
        self._check_config(config, len(layers))
        for layer, expected in zip(layers, config["rootfs"]["diff_ids"], strict=True):
            self._check_layer(layer, str(expected))
        return Archive(self._path, config, tuple(layers), self._unpacked, self._files)

    # ------------------------------------------------------------ the archive itself

    def _table_of_contents(self) -> dict[str, Blob]:
        found: dict[str, Blob] = {}
        with _tar_of(self._stream, self._until) as members:
            for count, member in enumerate(members):
                name = _name_of(member)
                if count >= _MOST_MEMBERS:
                    raise ArchiveError(f"the archive has more than {_MOST_MEMBERS} entries; no image has")
                if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
                    continue  # never followed: what the manifest names must be plain files
                if name in found:
                    raise ArchiveError(f"the archive has two entries {name!r}")
                if member.offset_data + member.size > self._size:
                    raise ArchiveError(f"the archive ends within {name!r}; it is cut off")
                found[name] = Blob(member.offset_data, member.size)
        return found

    def _blob(self, name: object) -> Blob:
        if not isinstance(name, str) or name not in self._members:
            raise ArchiveError(f"the archive's manifest names {str(name)[:200]!r}, which is no plain file in it")
        return self._members[name]

    def _words(self, name: str, digest: str | None = None) -> Any:
        """A JSON document of the archive."""
        blob = self._blob(name)
        if blob.size > _MOST_JSON:
            raise ArchiveError(f"{name!r} has {blob.size} bytes; a manifest has at most {_MOST_JSON}")
        self._stream.seek(blob.offset)
        content = self._stream.read(blob.size)
        if digest is not None and hashlib.sha256(content).hexdigest() != digest:
            raise ArchiveError(f"{name!r} is not what its digest says")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise ArchiveError(f"{name!r} is no JSON document") from None

    # ------------------------------------------------------------ two kinds of manifests

    def _of_oci(self) -> tuple[dict[str, Any], list[Blob]]:
        manifest = self._words("index.json")
        for _ in range(3):  # an index may name an index
            if "manifests" not in _object(manifest, "a manifest"):
                break
            manifest = self._described(_chosen(manifest["manifests"]))
        config = self._described(manifest.get("config"))
        return _object(config, "a configuration"), [
            self._layer(words) for words in _list(manifest.get("layers"), "layers")
        ]

    def _described(self, descriptor: object) -> Any:
        return self._words(*_place_of(descriptor))

    def _layer(self, descriptor: object) -> Blob:
        name, _ = _place_of(descriptor)
        if "zstd" in str(_object(descriptor, "a layer").get("mediaType")):
            raise ArchiveError("a layer is packed with zstd; save the image with gzip, or unpacked")
        return self._blob(name)

    def _of_docker(self) -> tuple[dict[str, Any], list[Blob]]:
        images = _list(self._words("manifest.json"), "manifest.json")
        if len(images) != 1:
            raise ArchiveError(f"the archive holds {len(images)} images; it must hold one")
        image = _object(images[0], "manifest.json")
        config = _object(self._words(str(image.get("Config"))), "a configuration")
        return config, [self._blob(name) for name in _list(image.get("Layers"), "Layers")]

    # ------------------------------------------------------------ configuration and layers

    def _check_config(self, config: dict[str, Any], layers: int) -> None:
        wanted = ("linux", _MACHINES.get(platform.machine(), platform.machine()))
        given = (config.get("os"), config.get("architecture"))
        if given != wanted:
            raise ArchiveError(
                f"the image is for {given[0]}/{given[1]}; agents run on {'/'.join(wanted)}: build it with "
                f"--platform {'/'.join(wanted)}"
            )
        ids = _list(_object(config.get("rootfs"), "rootfs").get("diff_ids"), "diff_ids")
        if len(ids) != layers:
            raise ArchiveError(f"the configuration names {len(ids)} layers, and the manifest {layers}")
        if not 0 < layers <= _MOST_LAYERS:
            raise ArchiveError(f"the image has {layers} layers; 1 to {_MOST_LAYERS} are taken")
        self._check_command(_object(config.get("config") or {}, "config"))

    def _check_command(self, inner: dict[str, Any]) -> None:
        for name in _LISTS:
            words = inner.get(name) or []
            if not isinstance(words, list) or not all(isinstance(word, str) and "\0" not in word for word in words):
                raise ArchiveError(f"the configuration's {name} is no list of words")
        if problem := wrong_place(inner.get(_PLACE)):
            raise ArchiveError(problem)

    def _check_layer(self, blob: Blob, expected: str) -> None:
        """Its hash, and every file in it."""
        section = _Section(self._stream, blob, self._count_read)
        packed = section.peek(2) == b"\x1f\x8b"
        stream: Any = gzip.GzipFile(fileobj=cast(BinaryIO, section), mode="rb") if packed else section
        digest = hashlib.sha256()

        def see(piece: bytes) -> None:
            digest.update(piece)
            self._count_stream(len(piece))

        with _tar_of(stream, self._until, see) as members:
            for member in members:
                self._check_file(member)
        if f"sha256:{digest.hexdigest()}" != expected:
            raise ArchiveError("a layer is not what its digest says")

    def _check_file(self, member: tarfile.TarInfo) -> None:
        name = _name_of(member)
        self._files += 1
        self._unpacked += member.size
        if member.ischr() or member.isblk():
            raise ArchiveError(f"the image holds a device, {name!r}; leave it out: containers get their own /dev")
        if PurePosixPath(name).name in _NO_WHITEOUTS:
            raise ArchiveError(f"{name!r} in the image would remove the folder that it is in")
        if any(key.startswith("SCHILY.xattr.trusted.") for key in member.pax_headers):
            raise ArchiveError(f"{name!r} in the image has attributes that only the system may set")
        if member.islnk() and _escapes(member.linkname):
            raise ArchiveError(f"{name!r} in the image is a link out of it, to {member.linkname[:200]!r}")
        if self._files > self._limits.files:
            raise ArchiveError(f"the image has more than {self._limits.files} files")
        if self._unpacked > self._limits.unpacked_mb * MiB:
            raise ArchiveError(f"the image unpacks to more than {self._limits.unpacked_mb} MiB")

    def _count_stream(self, size: int) -> None:
        """Layers that unpack to more than all files may have are bombs, whatever their headers say."""
        self._streamed += size
        if self._streamed > 2 * self._limits.unpacked_mb * MiB:
            raise ArchiveError(f"the image unpacks to more than {2 * self._limits.unpacked_mb} MiB")

    def _count_read(self, size: int) -> None:
        self._read += size
        self._progress(self._read, self._size)


def _place_of(descriptor: object) -> tuple[str, str]:
    """Name and hash of the blob that a descriptor points at."""
    digest = str(_object(descriptor, "a descriptor").get("digest"))
    kind, _, value = digest.partition(":")
    if kind != "sha256" or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ArchiveError(f"{digest[:100]!r} is no sha256 digest")
    return f"blobs/sha256/{value}", value


def _chosen(manifests: object) -> object:
    """The one image of an index; attestations are no images."""
    images = [
        words
        for words in _list(manifests, "manifests")
        if _object(_object(words, "a manifest").get("platform") or {}, "platform").get("os") != "unknown"
    ]
    mine = _MACHINES.get(platform.machine(), platform.machine())
    fitting = [words for words in images if (words.get("platform") or {}).get("architecture", mine) == mine]
    if len(fitting or images) != 1:
        raise ArchiveError(f"the archive holds {len(fitting or images)} images; it must hold one")
    return (fitting or images)[0]


def _object(words: object, what: str) -> dict[str, Any]:
    if not isinstance(words, dict):
        raise ArchiveError(f"{what} of the archive is no JSON object")
    return words


def _list(words: object, what: str) -> list[Any]:
    if not isinstance(words, list):
        raise ArchiveError(f"{what} of the archive is no list")
    return words


# ---------------------------------------------------------------- tar files that are not trusted


class _Section:
    """A piece of a file, as a file."""

    def __init__(self, stream: io.BufferedReader, blob: Blob, count: Callable[[int], None]) -> None:
        self._stream, self._left, self._count = stream, blob.size, count
        stream.seek(blob.offset)

    def peek(self, size: int) -> bytes:
        position = self._stream.tell()
        found = self._stream.read(min(size, self._left))
        self._stream.seek(position)
        return found

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(min(self._left, _PIECE if size < 0 else size))
        self._left -= len(piece)
        self._count(len(piece))
        return piece


class _Forward:
    """A stream as tarfile wants it, read forward only, where no read can ask for much memory or go on for ever."""

    def __init__(self, stream: Any, until: float, see: Callable[[bytes], None]) -> None:
        self._stream, self._until, self._see = stream, until, see
        self._position = 0

    def tell(self) -> int:
        return self._position

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MOST_HEADER:
            raise ArchiveError(f"the archive has a header of {size} bytes; at most {_MOST_HEADER} are taken")
        return self._advance(size)

    def seek(self, position: int) -> None:
        if position < self._position:
            raise ArchiveError("the archive points back at itself")
        while self._position < position:
            if not self._advance(min(_PIECE, position - self._position)):
                return  # tarfile sees that nothing follows

    def rest(self) -> None:
        """Read to the end, for the hash."""
        while self._advance(_PIECE):
            pass

    def _advance(self, size: int) -> bytes:
        pieces, left = [], size
        while left and (piece := self._stream.read(left)):
            pieces.append(piece)
            left -= len(piece)
        found = b"".join(pieces)
        self._position += len(found)
        self._see(found)
        if time.monotonic() > self._until:
            raise ArchiveError(f"the archive cannot be looked through within {_MOST_SECONDS:g} s")
        return found


@contextmanager
def _tar_of(
    stream: Any, until: float, see: Callable[[bytes], None] = lambda piece: None
) -> Iterator[Iterator[tarfile.TarInfo]]:
    """The entries of a tar stream, one after the other; when all are seen, the stream has been read to its end."""
    forward = _Forward(stream, until, see)
    archive = tarfile.open(fileobj=forward, mode="r:")  # type: ignore[call-overload]  # noqa: SIM115 - reads only

    def members() -> Iterator[tarfile.TarInfo]:
        while (member := archive.next()) is not None:
            yield member
            archive.members.clear()  # or they would all be kept, and all global headers too
            archive.pax_headers.clear()

    yield members()
    forward.rest()


def _name_of(member: tarfile.TarInfo) -> str:
    """A member's place within, as one spelling; :class:`ArchiveError` if it lies outside."""
    if _escapes(member.name):
        raise ArchiveError(f"{member.name[:200]!r} in the archive points out of it")
    return str(PurePosixPath(member.name.lstrip("/")))


def _escapes(name: str) -> bool:
    return ".." in PurePosixPath(name).parts or "\0" in name


_NO_WHITEOUTS = (".wh.", ".wh..", ".wh...")  # of nothing, of "." and of ".."


def wrong_place(folder: object) -> str:
    """Why an image's command cannot begin in a folder; empty where it can.

    Within /proc lie doors to what the engine has open, through which containers have escaped before.
    """
    if folder in (None, ""):
        return ""
    parts = PurePosixPath(folder).parts if isinstance(folder, str) and not _escapes(folder) else ()
    if parts[:1] == ("/",) and parts[1:2] not in [(name,) for name in _NOT_WITHIN]:
        return ""
    return f"the image's working directory is {str(folder)[:100]!r}; it must be absolute, outside /proc, /sys and /dev"


# ---------------------------------------------------------------- writing it anew


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
    inner = {name: value for name, value in (config.get("config") or {}).items() if name in (*_LISTS, _PLACE) and value}
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
            piece = stream.read(min(left, _PIECE))
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


_OCI = "application/vnd.oci.image"


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
    while piece := content.read(_PIECE):
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
