"""Small image archives, right and wrong ones, made by hand."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def entry(name: str, kind: bytes = tarfile.REGTYPE, **more: Any) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for key, value in more.items():
        setattr(made, key, value)
    return made


def tar(*members: tuple[tarfile.TarInfo, bytes] | tarfile.TarInfo) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            info, content = member if isinstance(member, tuple) else (member, b"")
            if content:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def file(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name), content


LAYER = tar(entry("agent", tarfile.DIRTYPE, mode=0o755), file("agent/agent.py", b"print('hello')\n"))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def configuration(layers: Iterable[bytes], **changed: Any) -> dict[str, Any]:
    ids = [f"sha256:{digest(layer)}" for layer in layers]
    words = {"os": "linux", "architecture": ARCHITECTURE, "config": {"Cmd": ["/agent/agent.py"]}}
    return {**words, "rootfs": {"type": "layers", "diff_ids": ids}, **changed}


def oci(
    layers: Iterable[bytes] = (LAYER,), *, packed: bool = True, config: dict[str, Any] | None = None
) -> dict[str, bytes]:
    """The files of an OCI archive, by name."""
    layers = list(layers)
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}

    def blob(content: bytes, kind: str) -> dict[str, Any]:
        files[f"blobs/sha256/{digest(content)}"] = content
        return {"mediaType": kind, "digest": f"sha256:{digest(content)}", "size": len(content)}

    words = {
        "schemaVersion": 2,
        "config": blob(
            json.dumps(config or configuration(layers)).encode(), "application/vnd.oci.image.config.v1+json"
        ),
        "layers": [
            blob(gzip.compress(layer, mtime=0) if packed else layer, "application/vnd.oci.image.layer.v1.tar")
            for layer in layers
        ],
    }
    manifest = blob(json.dumps(words).encode(), "application/vnd.oci.image.manifest.v1+json")
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()
    return files


def docker(layers: Iterable[bytes] = (LAYER,)) -> dict[str, bytes]:
    """The files of an archive as "docker save" writes it."""
    layers = list(layers)
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    files = {"config.json": json.dumps(configuration(layers)).encode(), **dict(zip(names, layers, strict=True))}
    files["manifest.json"] = json.dumps([{"Config": "config.json", "RepoTags": ["a:1"], "Layers": names}]).encode()
    return files


def packed(files: dict[str, bytes]) -> bytes:
    return tar(*(file(name, content) for name, content in files.items()))


def written(folder: Path, files: dict[str, bytes] | bytes) -> Path:
    path = folder / "image.tar"
    path.write_bytes(files if isinstance(files, bytes) else packed(files))
    return path
