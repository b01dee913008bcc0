"""Schemathesis makes a thousand requests from our own OpenAPI document: none may meet a fault of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from challenge.conftest import ServerMaker

TOOL = Path(sys.executable).parent / "schemathesis"
CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance,ignored_auth"


@pytest.mark.slow
@pytest.mark.skipif(not TOOL.exists(), reason="schemathesis is not installed")
def test_no_request_meets_a_fault_of_ours(serve: ServerMaker, tmp_path: Path) -> None:
    server = serve()
    command = [str(TOOL), "run", f"{server.url}/v2/openapi.json", "-n", "30", "--seed", "1", "--checks", CHECKS]
    command += ["-H", f"Authorization: Bearer {server.tokens['ann']}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=500)
    assert done.returncode == 0, done.stdout[-4000:]
