"""What the command line's parts share: a command's parser, and which gallery it works on."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

Run = Callable[[argparse.Namespace], int]


def say(message: str, then: str, code: int = 1) -> int:
    print(f"{message}\nTry: {then}", file=sys.stderr)
    return code


class Parser(argparse.ArgumentParser):
    """Ends errors as all of ours do."""

    def error(self, message: str) -> NoReturn:
        self.exit(say(f"{self.prog}: {message}", f"{self.prog} --help", 2))


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def a_command(commands: Commands, name: str, run: Run, says: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, description=says, allow_abbrev=False)
    command.set_defaults(run=run, passes_on=False)
    return command


def with_data(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="folder that holds the gallery (default: ~/.local/share/sightsync)"
    )
    return command


def with_stack(
    command: argparse.ArgumentParser, which: str = "which stack (default: that of samconfig.toml)"
) -> argparse.ArgumentParser:
    command.add_argument("--stack", metavar="NAME", help=which)
    command.add_argument("--region", metavar="REGION", help="where it is (default: AWS_REGION, else samconfig.toml's)")
    return command


def with_gallery(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    return with_stack(with_data(command), "the gallery of this stack in the cloud, not this machine's")


def use_data(options: argparse.Namespace) -> None:
    """Settings are read from the environment, once; so that is where the choice goes. One user, as `dev` has it."""
    if getattr(options, "stack", None):
        from local.stack import region_of, use

        use(options.stack, region_of(options.region))
    if options.data is not None:
        os.environ["SIGHTSYNC_DATA"] = str(options.data.expanduser().resolve())
    os.environ.setdefault("SIGHTSYNC_LOCAL_USER", "local")


def chosen_stack(options: argparse.Namespace) -> dict[str, Any]:
    from local.stack import default_name, region_of

    return {"stack": options.stack or default_name(), "region": region_of(options.region)}
