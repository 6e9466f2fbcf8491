"""`./sightsync secrets`: what is typed reaches Systems Manager and nothing else."""

import logging
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from local import secret_forms, secrets
from local.cli import main
from local.secrets import SECRETS, Desk
from local.trouble import Trouble
from tests.cloud import REGION
from tests.deployed import Deployed, aws_client, deploy
from tests.dev_server import ROOT, environment
from tests.test_template import RESOURCES, TEMPLATE

ADDRESS = "mongodb+srv://ada:s3cr3t-Pa55@cluster0.example.mongodb.net/sightsync"
TOKEN = "hf_ThisIsNobodysToken1234"


@pytest.fixture
def stack(aws: str) -> Deployed:
    return deploy()


@pytest.fixture
def name(aws: str) -> str:
    """Of a stack that nobody looks for."""
    return f"gallery-{uuid4().hex[:8]}"


@dataclass
class Person:
    """Types what is in the lists, in order; all that was asked is kept."""

    types: list[str]
    says: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return Desk(secret=self._hand(self.types), answer=self._hand(self.says))

    def _hand(self, words: list[str]) -> Callable[[str], str]:
        def hand(question: str) -> str:
            self.asked.append(question)
            return words.pop(0)

        return hand


def keep(name: str, person: Person, **how: object) -> int:
    return secrets.run(stack=name, region=REGION, desk=person.desk, **{"check": False, **how})


def held(name: str, secret: str) -> tuple[str, str, int]:
    found = aws_client("ssm").get_parameter(Name=f"/{name}/{secret}", WithDecryption=True)["Parameter"]
    return found["Value"], found["Type"], found["Version"]


def test_the_secrets_are_those_that_the_template_reads_and_does_not_make_itself() -> None:
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"].values()
    read = {v["!Sub"].removeprefix("ssm://") for v in variables if isinstance(v, dict) and v.get("!Sub", "").startswith("ssm:")}
    made = {r["Properties"]["Name"]["!Sub"] for r in RESOURCES.values() if r["Type"] == "AWS::SSM::Parameter"}
    assert {f"/${{AWS::StackName}}/{secret.name}" for secret in SECRETS} == read - made


def test_each_is_asked_for_and_kept_encrypted(name: str) -> None:
    assert keep(name, Person([ADDRESS, f"  {TOKEN}\n"])) == 0
    assert held(name, "catalog") == (ADDRESS, "SecureString", 1)
    assert held(name, "vision-token") == (TOKEN, "SecureString", 1)


def test_enter_leaves_one_as_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    keep(name, Person(["", TOKEN]))
    assert "Left as it is." in capsys.readouterr().out
    assert secrets.Parameters(name, REGION).held().keys() == {"vision-token"}


def test_an_old_one_is_replaced_only_when_that_is_wanted(name: str) -> None:
    keep(name, Person([ADDRESS, TOKEN]))
    person = Person(["hf_another_token"], ["no", "y"])
    keep(name, person)
    assert person.asked[:2] == ["Replace version 1? [y/N] ", "Replace version 1? [y/N] "]
    assert held(name, "catalog") == (ADDRESS, "SecureString", 1)
    assert held(name, "vision-token") == ("hf_another_token", "SecureString", 2)


def test_the_list_says_what_is_there_and_never_what_it_holds(stack: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    keep(stack.name, Person([ADDRESS]), only="catalog")
    capsys.readouterr()
    assert main(["secrets", "--stack", stack.name, "--list"]) == 0
    catalog, token = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"/{stack.name}/catalog +version 1, of \d{{4}}-\d\d-\d\d \d\d:\d\d", catalog)
    assert token.split() == [f"/{stack.name}/vision-token", "not", "there"]


def test_a_parameter_that_somebody_wrote_in_the_clear_is_noticed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    aws_client("ssm").put_parameter(Name=f"/{name}/catalog", Value="x", Type="String")
    keep(name, Person([]), only="catalog", show=True)
    assert "NOT ENCRYPTED" in capsys.readouterr().out


# --- what is typed wrong ---


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("postgres://ada:s3cr3t-Pa55@host/db", "no MongoDB address"),
        ("mongodb+srv://ada:s3cr3t-Pa55@ho st/db", "no MongoDB address"),
        ("mongodb+srv://ada:s3cr3t-Pa55", "written %40 %3A"),
        ("mongodb+srv://ada:s3cr3t/Pa55@host/db", "written %40 %3A"),
        ("mongodb+srv://ada:s3cr3t@Pa55@host/db", "%40"),
        ("mongodb+srv://ada:<db_password>@host/db", "placeholder"),
        ("mongodb+srv://ada:s3cr3t-Pa55@host:27017/db", "no port"),
        ("mongodb://[ada:s3cr3t-Pa55@host/db", "no address"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_in_words_that_do_not_repeat_it(address: str, says: str) -> None:
    with pytest.raises(secret_forms.Wrong) as wrong:
        secret_forms.check_address(address)
    assert says in wrong.value.says
    assert not wrong.value.doubtful
    assert "s3cr3t" not in repr(wrong.value)


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        "mongodb://ada:p%40ss@a.example:27017,b.example:27018/sightsync?replicaSet=r&tls=true",
        "mongodb://ada:s3cr3t@127.0.0.1",
    ],
)
def test_an_address_that_is_one_is_taken(address: str) -> None:
    secret_forms.check_address(address)


@pytest.mark.parametrize("token", ["hf_with a space", "hf_ä1234567", "hf_", ""])
def test_a_token_that_cannot_be_one_is_refused(token: str) -> None:
    with pytest.raises(secret_forms.Wrong, match="no token") as wrong:
        secret_forms.check_token(token)
    assert not wrong.value.doubtful


def test_what_is_wrong_is_asked_for_again_and_what_is_odd_once_more(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    keep(name, Person(["not-an-address", "mongodb://host/db", ADDRESS], ["n"]), only="catalog")
    assert "This is no MongoDB address" in capsys.readouterr().out
    assert held(name, "catalog")[0] == ADDRESS
    person = Person(["endpoint-token-of-my-own"], ["y"])
    keep(name, person, only="vision-token")
    assert "begin with hf_. Store it all the same?" in person.asked[-1]
    assert held(name, "vision-token")[0] == "endpoint-token-of-my-own"


def test_an_address_is_tried_before_it_is_kept(stack: Deployed, mongod: object) -> None:
    uri = mongod.uri("test_secrets").replace("mongodb://", "mongodb://nobody:wrong-Pa55@")  # type: ignore[attr-defined]  # a Mongod
    person = Person([uri, "mongodb://ada:s3cr3t-Pa55@127.0.0.1:1/x", ""], ["n", "n"])
    keep(stack.name, person, only="catalog", check=True)
    refused, silent = [question for question in person.asked if "all the same" in question]
    assert "refuses the user or the password" in refused
    assert "nothing listens at its address" in silent
    assert not [question for question in person.asked if "Pa55" in question]


def test_without_a_stack_of_that_name_nothing_is_asked(aws: str) -> None:
    person = Person([])
    with pytest.raises(Trouble, match="no stack called nobodys"):
        secrets.run(stack="nobodys", region=REGION, desk=person.desk)
    assert person.asked == []


def test_an_unknown_name_is_a_sentence(name: str) -> None:
    with pytest.raises(Trouble, match="no secret called password"):
        keep(name, Person([]), only="password")


# --- a process of its own: pipes and terminals ---


def piped(stack: Deployed, value: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local", "secrets", "--stack", stack.name, *more]
    return subprocess.run(command, input=value, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)


def test_one_secret_may_come_through_a_pipe_and_is_shown_nowhere(stack: Deployed) -> None:
    done = piped(stack, f"{TOKEN}\n", "--only", "vision-token")
    assert done.returncode == 0, done.stderr
    assert held(stack.name, "vision-token")[0] == TOKEN
    assert TOKEN not in done.stdout + done.stderr
    again = piped(stack, "hf_another_token\n", "--only", "vision-token")
    assert again.returncode == 1
    assert again.stderr.splitlines()[-1] == "Try: ./sightsync secrets --only vision-token --replace < FILE"
    assert piped(stack, "hf_another_token\n", "--only", "vision-token", "--replace").returncode == 0
    assert held(stack.name, "vision-token")[2] == 2


def test_a_pipe_holds_one_secret_only_and_odd_ones_are_not_taken_unasked(stack: Deployed) -> None:
    assert "one secret only" in piped(stack, TOKEN).stderr
    odd = piped(stack, "s3cr3t-of-my-own", "--only", "vision-token")
    assert odd.returncode == 1
    assert "begin with hf_" in odd.stderr
    assert "s3cr3t" not in odd.stdout + odd.stderr
    assert piped(stack, "s3cr3t-of-my-own", "--only", "vision-token", "--no-check").returncode == 0


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


def test_a_terminal_never_shows_what_is_typed(stack: Deployed, terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    command = [sys.executable, "-m", "local", "secrets", "--stack", stack.name, "--only", "vision-token"]
    how = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "start_new_session": True}
    with subprocess.Popen(command, env=environment(), cwd=ROOT, **how) as running:  # type: ignore[call-overload]  # as Popen has it
        os.close(theirs)
        shown = _until(ours, b"leaves it): ")
        os.write(ours, TOKEN.encode() + b"\n")
        shown += _until(ours, b"is version 1 now")
    assert running.returncode == 0
    assert held(stack.name, "vision-token")[0] == TOKEN
    assert TOKEN.encode() not in shown


def _until(terminal: int, words: bytes) -> bytes:
    shown = b""
    while words not in shown:
        shown += os.read(terminal, 1024)
    return shown


def test_neither_logs_nor_failures_hold_one(
    name: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    too_long = f"{TOKEN}{'x' * 5000}"
    keep(name, Person([too_long, TOKEN, ""]), only="vision-token")
    with pytest.raises(Trouble, match="ParameterAlreadyExists") as trouble:
        secrets.Parameters(name, REGION).put(SECRETS[1], secrets.SecretStr(TOKEN), overwrite=False)
    out = capsys.readouterr()
    assert "holds 4096 characters" in out.out
    assert TOKEN not in caplog.text + out.out + out.err + str(trouble.value) + repr(trouble.value.__cause__)
