"""A catalog whose address is kept in AWS Systems Manager rather than in the environment."""

from pathlib import Path

import pytest

from sightsync.adapters.aws import client
from sightsync.errors import Misconfigured, Unavailable
from sightsync.services import build
from sightsync.settings import Settings
from tests.cloud import environ


def put_parameter(name: str, value: str) -> None:
    client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")


def test_the_catalog_is_where_the_parameter_says(aws: str, tmp_path: Path) -> None:
    put_parameter("/gallery/catalog", f"sqlite://{tmp_path}/elsewhere.db\n")
    parts = build(Settings(data=tmp_path / "data", catalog="ssm:///gallery/catalog"))
    parts.catalog.health()
    parts.catalog.close()
    assert (tmp_path / "elsewhere.db").exists()


def test_a_mongodb_address_in_a_parameter_connects_to_nothing_before_it_is_used(aws: str, tmp_path: Path) -> None:
    put_parameter("/gallery/mongodb", "mongodb+srv://somebody:secret@nowhere.example/sightsync")
    build(Settings(data=tmp_path, catalog="ssm:///gallery/mongodb")).catalog.close()


def test_a_parameter_that_is_not_there_is_named(aws: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="does not exist: /nobody/here"):
        build(Settings(data=tmp_path, catalog="ssm:///nobody/here"))


def test_without_credentials_or_an_answer_it_is_unavailable(aws: str, tmp_path: Path) -> None:
    with environ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}), pytest.raises(Unavailable) as refused:
        build(Settings(data=tmp_path, catalog="ssm:///gallery/catalog"))
    assert refused.value.status == 503
