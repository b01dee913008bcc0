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
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from myorun.challenge.playoff.limits import MiB, Playoff
from myorun.challenge.playoff.untrusted_tar import MOST_SECONDS, Blob, Section, entries_of, escapes, name_of
from myorun.challenge.refusals import ArchiveError

Progress = Callable[[int, int], object]  # bytes looked through, of all

_MOST_MEMBERS = 10_000  # of the archive itself; an image has one a layer and a few more
_MOST_LAYERS = 500
_MOST_JSON = 4 * MiB
LISTS, PLACE = ("Env", "Entrypoint", "Cmd"), "WorkingDir"  # of a configuration: all that an engine is told of it
_NO_WHITEOUTS = (".wh.", ".wh..", ".wh...")  # of nothing, of "." and of ".."
_NOT_WITHIN = ("proc", "sys", "dev")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


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
        self._until = time.monotonic() + MOST_SECONDS
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
        with entries_of(self._stream, self._until) as members:
            for count, member in enumerate(members):
                name = name_of(member)
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
        for name in LISTS:
            words = inner.get(name) or []
            if not isinstance(words, list) or not all(isinstance(word, str) and "\0" not in word for word in words):
                raise ArchiveError(f"the configuration's {name} is no list of words")
        if problem := wrong_place(inner.get(PLACE)):
            raise ArchiveError(problem)

    def _check_layer(self, blob: Blob, expected: str) -> None:
        """Its hash, and every file in it."""
        section = Section(self._stream, blob, self._count_read)
        packed = section.peek(2) == b"\x1f\x8b"
        stream: Any = gzip.GzipFile(fileobj=cast(BinaryIO, section), mode="rb") if packed else section
        digest = hashlib.sha256()

        def see(piece: bytes) -> None:
            digest.update(piece)
            self._count_stream(len(piece))

        with entries_of(stream, self._until, see) as members:
            for member in members:
                self._check_file(member)
        if f"sha256:{digest.hexdigest()}" != expected:
            raise ArchiveError("a layer is not what its digest says")

    def _check_file(self, member: tarfile.TarInfo) -> None:
        name = name_of(member)
        self._files += 1
        self._unpacked += member.size
        if member.ischr() or member.isblk():
            raise ArchiveError(f"the image holds a device, {name!r}; leave it out: containers get their own /dev")
        if PurePosixPath(name).name in _NO_WHITEOUTS:
            raise ArchiveError(f"{name!r} in the image would remove the folder that it is in")
        if any(key.startswith("SCHILY.xattr.trusted.") for key in member.pax_headers):
            raise ArchiveError(f"{name!r} in the image has attributes that only the system may set")
        if member.islnk() and escapes(member.linkname):
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


def wrong_place(folder: object) -> str:
    """Why an image's command cannot begin in a folder; empty where it can.

    Within /proc lie doors to what the engine has open, through which containers have escaped before.
    """
    if folder in (None, ""):
        return ""
    parts = PurePosixPath(folder).parts if isinstance(folder, str) and not escapes(folder) else ()
    if parts[:1] == ("/",) and parts[1:2] not in [(name,) for name in _NOT_WITHIN]:
        return ""
    return f"the image's working directory is {str(folder)[:100]!r}; it must be absolute, outside /proc, /sys and /dev"
