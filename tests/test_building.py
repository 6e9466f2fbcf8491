"""What `./sightsync build` adds to SAM's packages."""

from pathlib import Path

from local.building import stamp


def held(package: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in package.iterdir()}


def test_each_build_is_another_package_or_a_changed_parameter_would_reach_no_function(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("def handler(): ...")
    stamp(tmp_path)
    first = held(tmp_path)
    stamp(tmp_path)
    assert held(tmp_path) != first
    assert held(tmp_path)["handler.py"] == first["handler.py"]
