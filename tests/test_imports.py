"""The arrows of the design: handlers -> use cases -> ports <- adapters. Imports are read, not run."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parent.parent / "functions"
WEB = {"fastapi", "starlette", "mangum", "uvicorn"}
CLOUD = {"boto3", "botocore", "aws_lambda_powertools", "s3transfer"}
DATABASE = {"sqlite3", "pymongo", "bson"}
NETWORK = {"requests", "httpx", "urllib3", "jwt", "http", "socket"}
COMPOSITION = {"sightsync.services", "sightsync.web", "sightsync.web_inputs"}
MODULES = sorted(FUNCTIONS.rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(FUNCTIONS).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """Every module that a file names, wherever in it, but for what only a type checker sees."""
    tree = ast.parse(path.read_text())
    hidden = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and isinstance(branch.test, ast.Name) and branch.test.id == "TYPE_CHECKING"
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if node in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            yield node.module or ""
            yield from (
                f"{node.module}.{alias.name}"
                for alias in node.names
                if (FUNCTIONS / (node.module or "").replace(".", "/")).is_dir()
            )


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


DOMAIN = [p for p in MODULES if p.parent.name == "sightsync" and name_of(p) not in COMPOSITION]
ADAPTERS = [p for p in MODULES if p.parent.name == "adapters"]
HANDLERS = [p for p in MODULES if p.parent.name == "handlers"]


def by_name(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[name_of(path) for path in paths])


def test_there_is_something_to_walk() -> None:
    assert len(DOMAIN) > 10
    assert len(ADAPTERS) > 3
    assert {p.stem for p in HANDLERS} >= {"uploads", "gallery", "captions", "scores", "search", "analysis", "upkeep"}


@by_name(DOMAIN)
def test_what_the_program_knows_imports_no_web_no_cloud_no_database(path: Path) -> None:
    assert not tops(path) & (WEB | CLOUD | DATABASE | NETWORK)


@by_name(DOMAIN)
def test_what_the_program_knows_knows_no_adapter_and_no_handler(path: Path) -> None:
    found = set(imports(path))
    assert not {name for name in found if name.startswith(("sightsync.adapters", "handlers", "local"))}
    assert not found & COMPOSITION


@by_name(ADAPTERS)
def test_adapters_know_ports_but_no_web_and_no_composition(path: Path) -> None:
    found = set(imports(path))
    assert not tops(path) & (WEB | {"handlers", "local"})
    assert not found & COMPOSITION


def test_only_the_composition_root_chooses_adapters() -> None:
    choosing = {
        name_of(path)
        for path in MODULES
        if path.parent.name != "adapters" and any(name.startswith("sightsync.adapters") for name in imports(path))
    }
    assert choosing == {"sightsync.services"}


@by_name(HANDLERS)
def test_handlers_only_wire(path: Path) -> None:
    found = set(imports(path))
    assert not tops(path) & (CLOUD | DATABASE | NETWORK | {"local"})
    assert not {name for name in found if name.startswith("handlers.")}, "functions are deployed apart"
    tree = ast.parse(path.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.While | ast.Try)]


@by_name(HANDLERS)
def test_nothing_is_read_or_connected_before_the_first_request(path: Path, tmp_path: Path) -> None:
    """A Lambda that imports its handler must not touch disk, settings or network, nor load what a page does not need."""
    code = (
        f"import sys; import {name_of(path)}\n"
        "heavy = {'numpy', 'PIL', 'sqlite3', 'jwt', 'boto3', 'pymongo', 'pillow_heif', 'requests'} & set(sys.modules)\n"
        "from sightsync.services import services\n"
        "print(sorted(heavy), services.cache_info().currsize)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(FUNCTIONS), "HOME": str(tmp_path), "PATH": ""},
    )
    assert ran.stdout.strip() == "[] 0"
    assert list(tmp_path.iterdir()) == []
