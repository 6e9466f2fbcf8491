"""The running server against its own OpenAPI document: whatever is asked, no 5xx and no answer that breaks the schema."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import pictures
from tests.dev_server import DevServer, environment

SECONDS = 50  # for the whole run; what is left after the fixed cases goes into made-up ones
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


def seen(server, image_id):
    answer = server.client.get(f"/api/images/{image_id}")
    return answer.status_code, answer.json().get("version")


@pytest.mark.slow
def test_no_request_gets_a_5xx_or_an_answer_that_breaks_the_schema(tmp_path):
    with DevServer(tmp_path / "data") as server:
        ids = [server.upload(pictures.photo(seed), description=f"picture {seed}", tags=["red"]) for seed in range(6)]
        server.settled(ids, match=True)
        for image_id in ids[:4]:
            assert server.client.patch(f"/api/images/{image_id}", json={"published": True}).status_code == 200
        before = [seen(server, image_id) for image_id in ids]
        command = [Path(sys.executable).parent / "schemathesis", "run", f"{server.url}/api/openapi.json"]
        options = [f"--checks={','.join(CHECKS)}", f"--max-time={SECONDS}", "--continue-on-failure", "--output-sanitize=false"]
        hooks = {"SCHEMATHESIS_HOOKS": "tests.schemathesis_hooks", "SIGHTSYNC_TEST_IDS": ",".join(ids)}
        report = subprocess.run(
            [*command, *options, "--suppress-health-check=all", "--warnings=off"],
            env=environment(**hooks),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert report.returncode == 0, report.stdout[-20_000:] + report.stderr[-2000:]
        assert "request_crashed" not in server.errors()
        assert [seen(server, image_id) for image_id in ids] != before, "images that exist were asked for as well"
