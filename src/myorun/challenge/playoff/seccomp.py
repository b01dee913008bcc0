"""Which calls into the kernel an agent may make: the engine's default profile, and less.

Podman's default lets everybody make a namespace of users, within which one has all capabilities: harmless by design,
and yet much more of the kernel to attack. Docker's default does not, so this makes Podman's as strict.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_DEFAULTS = (Path("/etc/containers/seccomp.json"), Path("/usr/share/containers/seccomp.json"))
_NAMESPACES = 0x7E020000  # all flags of clone(2) that make a namespace, but that of time
_NEVER = frozenset(
    (
        *("unshare", "setns", "clone", "clone3"),
        *("mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree", "pivot_root", "chroot"),
        *("fsopen", "fsmount", "fspick", "open_by_handle_at", "name_to_handle_at"),
        *("keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"),
        *("io_uring_setup", "io_uring_enter", "io_uring_register"),
        *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp"),
    )
)
_NOT_PERMITTED, _NO_SUCH_CALL = 1, 38  # EPERM; ENOSYS, with which the C library takes the older call


def strict_profile() -> dict[str, Any] | None:
    """Podman's default profile of this machine, without what makes namespaces, mounts and other surface.

    ``None`` where there is none: then the engine's own default holds.
    """
    for path in _DEFAULTS:
        if path.is_file():
            return _tightened(json.loads(path.read_text(encoding="utf-8")))
    return None


def _tightened(profile: dict[str, Any]) -> dict[str, Any]:
    rules = [{**rule, "names": [name for name in rule["names"] if name not in _NEVER]} for rule in profile["syscalls"]]
    ours = [
        {"names": sorted(_NEVER - {"clone", "clone3"}), "action": "SCMP_ACT_ERRNO", "errnoRet": _NOT_PERMITTED},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": _NO_SUCH_CALL},
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [_without_flags(_NAMESPACES)]},
    ]
    return {**profile, "syscalls": [rule for rule in rules if rule["names"]] + ours}


def _without_flags(flags: int) -> dict[str, Any]:
    """A condition on a call's first argument."""
    return {"index": 0, "value": flags, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}
