"""schemathesis asks the running gateway what its own OpenAPI document allows, and much that it does not."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.services.gateway.conftest import Shared

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
)
EXAMPLES = int(os.environ.get("B2T_SCHEMA_EXAMPLES", "80"))


async def test_the_api_is_what_it_says(shared: Shared, tmp_path: Path) -> None:
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert program is not None
    command = [
        program,
        "run",
        f"{shared.box.url}/schema/openapi.json",
        "--header",
        f"Authorization: Bearer {shared.key}",
        "--header",
        f"Origin: {shared.box.url}",
        "--checks",
        ",".join(CHECKS),
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        str(EXAMPLES),
        "--exclude-path-regex",
        "/events$",  # never ends
        "--max-failures",
        "20",
        "--seed",
        "1",
        "--suppress-health-check",
        "all",
        "--request-timeout",
        "20",
        "--no-shrink",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(200):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    said = out.decode()
    assert process.returncode == 0, said[-12_000:]
    assert "request_failed" not in shared.box.log
    found = re.search(r"(\d+) generated", said)
    assert found is not None, said[-3000:]
    assert int(found[1]) > 100


async def test_the_document_helps_integrators(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        document = (await client.get("/schema/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"api_key", "session"} <= set(document["components"]["securitySchemes"])
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation.get("summary"), where
            assert operation.get("tags"), where
            refused = operation["responses"]["400"]["content"]
            assert set(refused) == {"application/problem+json"}, where
            assert refused["application/problem+json"]["schema"]["$ref"].endswith("/Problem"), where
