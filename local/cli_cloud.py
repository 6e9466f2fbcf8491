"""The commands that make and fill a stack in the cloud."""

from __future__ import annotations

import argparse

from local.cli_parts import Commands, a_command, chosen_stack, use_data, with_gallery, with_stack


def add_build(commands: Commands) -> None:
    command = a_command(commands, "build", _build, "Builds the functions' packages; what is no option here goes to `sam build`.")
    command.set_defaults(passes_on=True)


def _build(options: argparse.Namespace) -> int:
    from local.building import run

    return run(options.rest)


def add_secrets(commands: Commands) -> None:
    says = "Asks for what the stack's functions must know and nobody else, and keeps it in AWS Systems Manager, encrypted."
    command = with_stack(a_command(commands, "secrets", _secrets, says))
    command.add_argument(
        "--only", metavar="NAME", help="catalog or vision-token; without a terminal it is read from standard input"
    )
    command.add_argument("--list", action="store_true", dest="show", help="say what is there, never what it holds")
    command.add_argument("--no-check", action="store_true", help="look neither for the stack nor whether MongoDB answers")
    command.add_argument("--replace", action="store_true", help="do not ask before a new version takes an old one's place")


def _secrets(options: argparse.Namespace) -> int:
    from local.secrets import run

    how = {"only": options.only, "show": options.show, "check": not options.no_check, "replace": options.replace}
    return run(**chosen_stack(options), **how)


def add_publish_site(commands: Commands) -> None:
    says = "Puts the page, its settings and the API's description into the stack's bucket; what is there already stays."
    command = with_stack(a_command(commands, "publish-site", _publish_site, says))
    command.add_argument("--dry-run", action="store_true", help="say what would be done")


def _publish_site(options: argparse.Namespace) -> int:
    from local.publishing import run

    return run(**chosen_stack(options), dry_run=options.dry_run)


def add_indexes(commands: Commands) -> None:
    command = with_gallery(
        a_command(commands, "indexes", _indexes, "Makes the indexes of a MongoDB catalog and waits until they answer.")
    )
    command.add_argument("--update", action="store_true", help="also change those that differ, and drop those no longer asked")
    command.add_argument("--wait", type=float, default=600, metavar="SECONDS", help="how long to wait (default: 600)")
    command.add_argument("--print", action="store_true", dest="show", help="print the search indexes' definitions and do nothing")


def _indexes(options: argparse.Namespace) -> int:
    use_data(options)
    from local.indexes import run

    return run(update=options.update, wait_s=options.wait, show=options.show)


COMMANDS = (add_build, add_secrets, add_indexes, add_publish_site)
