"""`./sightsync secrets`: what the functions must know and nobody else, into SecureString parameters of AWS Systems Manager.

A value is typed without being shown, or piped in; it is on no command line, in no file, no log and no message.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from getpass import getpass
from typing import Any

from pydantic import SecretStr

from local import cloud
from local.secret_forms import Wrong, check_address, check_token, ping
from local.stack import described
from local.trouble import Trouble

MAX_CHARACTERS = 4096  # of a parameter of the standard tier, which costs nothing
_RIGHTS = "ssm:DescribeParameters, and ssm:PutParameter on the stack's parameters"


@dataclass(frozen=True)
class Secret:
    """`check` raises Wrong."""

    name: str
    what: str
    check: Callable[[str], None]


@dataclass(frozen=True)
class Held:
    """A parameter that is there."""

    version: int
    changed: datetime
    encrypted: bool

    def __str__(self) -> str:
        kind = "" if self.encrypted else ", NOT ENCRYPTED"
        return f"version {self.version}, of {self.changed:%Y-%m-%d %H:%M}{kind}"


SECRETS = (
    Secret("catalog", "MongoDB's address, with user and password", check_address),
    Secret("vision-token", "Token of the Hugging Face endpoint", check_token),
)


@dataclass(frozen=True)
class Desk:
    """The person at the keyboard."""

    secret: Callable[[str], str] = getpass
    answer: Callable[[str], str] = input

    def agrees(self, question: str) -> bool:
        return self.answer(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def run(
    *,
    stack: str,
    region: str | None,
    only: str | None = None,
    show: bool = False,
    check: bool = True,
    replace: bool = False,
    desk: Desk | None = None,
) -> int:
    """0 when what was wanted is there. Without a terminal the one secret that `only` names is read from standard input."""
    typed = desk is not None or sys.stdin.isatty()
    if not typed and not show and only is None:
        raise Trouble("Standard input can hold one secret only.", f"./sightsync secrets --only {SECRETS[0].name} < FILE")
    cloud.prepare()
    if check:
        region = described(stack, region).region
    store = Parameters(stack, region)
    held = store.held()
    for secret in _chosen(only):
        print(f"{store.path(secret.name):<32} {held.get(secret.name, 'not there')}")
        if show:
            continue
        keep = Keep(store, held.get(secret.name), check, replace)
        if typed:
            keep.ask(secret, desk or Desk())
        else:
            keep.take(secret, sys.stdin.read().strip())
    return 0


def _chosen(only: str | None) -> Sequence[Secret]:
    found = [secret for secret in SECRETS if only in (None, secret.name)]
    if not found:
        raise Trouble(f"There is no secret called {only}.", f"./sightsync secrets --only {SECRETS[0].name}")
    return found


@dataclass
class Parameters:
    """The stack's own, in Systems Manager."""

    stack: str
    region: str | None

    def path(self, name: str) -> str:
        """As the template's settings name it."""
        return f"/{self.stack}/{name}"

    def held(self) -> dict[str, Held]:
        """What is there, by the secret's name. Nothing is decrypted."""
        names = {self.path(secret.name): secret.name for secret in SECRETS}
        filters = [{"Key": "Name", "Option": "Equals", "Values": list(names)}]
        with cloud.asking("list the stack's parameters", _RIGHTS):
            found = self._ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
        return {names[p["Name"]]: Held(p["Version"], p["LastModifiedDate"], p["Type"] == "SecureString") for p in found}

    def put(self, secret: Secret, value: SecretStr, overwrite: bool) -> int:
        """The new version."""
        how = {"Type": "SecureString", "Overwrite": overwrite, "Description": f"{secret.what}. Written by ./sightsync secrets."}
        with cloud.asking(f"write {self.path(secret.name)}", _RIGHTS):
            answer = self._ssm.put_parameter(Name=self.path(secret.name), Value=value.get_secret_value(), **how)
        return int(answer["Version"])

    @cached_property
    def _ssm(self) -> Any:
        from sightsync.adapters.aws import client

        return client("ssm", self.region, patient=True)


@dataclass(frozen=True)
class Keep:
    """One secret's way in. `held` None: it is not there yet."""

    store: Parameters
    held: Held | None
    check: bool
    replace: bool

    def ask(self, secret: Secret, desk: Desk) -> None:
        """Until it is right, or nothing is typed."""
        if self.held and not self.replace and not desk.agrees(f"Replace version {self.held.version}?"):
            return
        while True:
            try:
                value = SecretStr(desk.secret(f"{secret.what} (not shown; Enter leaves it): ").strip())
            except EOFError:
                raise Trouble("Nothing was typed.", f"./sightsync secrets --only {secret.name} < FILE") from None
            if not value.get_secret_value():
                print("Left as it is.")
                return
            wrong = self._wrong(secret, value)
            if wrong is None or (wrong.doubtful and desk.agrees(f"{_sentence(wrong.says)} Store it all the same?")):
                self._write(secret, value)
                return
            if not wrong.doubtful:
                print(_sentence(wrong.says))

    def take(self, secret: Secret, given: str) -> None:
        """Without anybody to ask."""
        value = SecretStr(given)
        again = f"./sightsync secrets --only {secret.name}"
        if self.held and not self.replace:
            raise Trouble(f"{self.store.path(secret.name)} is there already.", f"{again} --replace < FILE")
        wrong = self._wrong(secret, value)
        if wrong is not None and (self.check or not wrong.doubtful):
            raise Trouble(_sentence(wrong.says), f"{again} --no-check < FILE" if wrong.doubtful else f"{again} < FILE")
        self._write(secret, value)

    def _wrong(self, secret: Secret, value: SecretStr) -> Wrong | None:
        plain = value.get_secret_value()
        if len(plain) > MAX_CHARACTERS:
            return Wrong(f"a parameter holds {MAX_CHARACTERS} characters")
        try:
            secret.check(plain)
            if self.check and secret.check is check_address:
                ping(plain)
        except Wrong as wrong:
            return wrong
        return None

    def _write(self, secret: Secret, value: SecretStr) -> None:
        version = self.store.put(secret, value, overwrite=self.held is not None)
        print(f"{self.store.path(secret.name)} is version {version} now. What runs already keeps what it read until it ends.")


def _sentence(says: str) -> str:
    return f"{says[0].upper()}{says[1:].rstrip('.?')}."
