"""Every function as Lambda runs it: built by SAM, in a container of Lambda's image, on each event that lies under events/."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from local import engine
from tests.sam import EVENTS, ROOT, function_of, invoke
from tests.shown import SHOWN, Answer

pytestmark = pytest.mark.slow
AT_ONCE = 2


@pytest.fixture(scope="module")
def built():
    """The packages, and an engine to run them in."""
    if lack := engine.lack():
        pytest.skip(f"functions in containers: {lack}")
    done = subprocess.run([ROOT / "sightsync", "build"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def returned(built, request):
    """{event: what its function returned, or the failure}, of the events that are asked for."""
    asked = [item.callspec.params["event"] for item in request.session.items if "returned" in item.fixturenames]

    def run(event):
        try:
            return invoke(function_of(event), EVENTS / f"{event}.json", EVENTS / "env.json")
        except AssertionError as failure:
            return failure

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(asked, pool.map(run, asked), strict=True))


@pytest.mark.parametrize("event", SHOWN)
def test_a_function_that_runs_alone_answers_its_event(event, returned):
    found = returned[event]
    if isinstance(found, AssertionError):
        raise found
    answer = Answer.of(found) if "statusCode" in found else found
    assert SHOWN[event](answer), json.dumps(found)[:3000]
