"""What runs Lambda's image here is found, fetched or started; where nothing can, that is said with what to do."""

import os
from pathlib import Path

import pytest

from local import engine

DOCKER = """#!/bin/sh
case "$1" in
info) exit {info} ;;
pull) [ {pull} = 0 ] && touch {here}/image ;;
image) [ -e {here}/image ] ;;
esac
"""


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine whose `docker` we say: whether its engine answers, and whether images can be pulled."""
    for needed in ("sh", "touch"):
        (tmp_path / needed).symlink_to(Path("/bin") / needed)
    program(tmp_path / "uv", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SIGHTSYNC_LAMBDA_STANDIN", str(tmp_path / "standin"))
    return lambda answers, pulls: program(
        tmp_path / "docker", DOCKER.format(info=int(not answers), pull=int(not pulls), here=tmp_path)
    )


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)


def test_an_engine_that_has_the_image_is_enough(machine, tmp_path):
    machine(answers=True, pulls=False)
    (tmp_path / "image").touch()
    assert engine.lack() is None


def test_an_engine_without_the_image_fetches_it(machine):
    machine(answers=True, pulls=True)
    assert engine.lack() is None


def test_without_engine_and_stand_in_both_ways_out_are_named(machine):
    machine(answers=False, pulls=False)
    assert "start Docker" in engine.lack()
    assert "SIGHTSYNC_LAMBDA_STANDIN" in engine.lack()


def test_the_stand_in_brings_the_image_where_it_cannot_be_fetched(machine, tmp_path):
    machine(answers=True, pulls=False)
    program(tmp_path / "standin", f"#!/bin/sh\ntouch {tmp_path}/image\n")
    assert engine.lack() is None if os.geteuid() == 0 else "root" in engine.lack()


def test_a_stand_in_that_fails_is_named(machine, tmp_path):
    machine(answers=True, pulls=False)
    program(tmp_path / "standin", "#!/bin/sh\nexit 1\n")
    assert (f"{tmp_path / 'standin'} failed" if os.geteuid() == 0 else "needs root") in engine.lack()
