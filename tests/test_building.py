"""What `./sightsync build` adds to SAM's packages."""

from pathlib import Path

from local.building import prune, stamp


def held(package: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in package.iterdir()}


def test_each_build_is_another_package_or_a_changed_parameter_would_reach_no_function(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("def handler(): ...")
    stamp(tmp_path)
    first = held(tmp_path)
    stamp(tmp_path)
    assert held(tmp_path) != first
    assert held(tmp_path)["handler.py"] == first["handler.py"]


def test_a_package_holds_what_runs_and_nothing_that_only_builds_and_checks(tmp_path: Path) -> None:
    runs = [
        "handlers/search.py",
        "numpy/_core/fast.so",
        "numpy/testing/__init__.py",
        "sightsync/tests/data.txt",
        "numpy-2.dist-info/METADATA",
    ]
    others = [
        "numpy/_core/tests/__init__.py",
        "numpy/f2py/crackfortran.py",
        "numpy/__init__.pyi",
        "bson/_cbsonmodule.c",
        "numpy/_core/lib/m.a",
    ]
    for name in (*runs, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    prune(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(runs)
