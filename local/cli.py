"""The command line: what can be asked, and which module does it. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from local.trouble import Trouble

HELP = """\
SightSync: an image gallery that understands its pictures.

Everyday
  dev                 your gallery on this machine, in the browser
  import FOLDER       add a folder of pictures, with their words
  export FOLDER       write words and records out (--pictures: the pictures too)
  doctor              check this machine and your gallery
  models              BLIP and CLIP on this machine (dev --models: both at once)
  retry               once more what failed (--dead-letters: messages given up)
  reindex             read every picture again, with another model

Cloud
  build               the functions' packages, by SAM
  secrets             keep MongoDB's address and the models' token for the stack
  indexes             make and check the indexes of a MongoDB catalog
  publish-site        put the page where the stack serves it from

Develop
  test                every check there is: ruff, mypy, tsc, pytest
  openapi             print the API's own description
  bench               measure, side by side with others

`./sightsync COMMAND --help` tells more of one. Begin with: ./sightsync dev
"""

# Named in the design, not built yet: people who look for them deserve better than "invalid choice".
LATER = {
    "judge": "the deeper measurements",
}

Run = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 done, 1 a problem that was named, 2 a command that makes no sense, 130 stopped with Ctrl-C."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if arguments[0] in LATER:
        return _say(f"`{arguments[0]}` is not here yet: it comes with {LATER[arguments[0]]}.", "./sightsync dev", 2)
    options = _options(arguments)
    try:
        return _run(options.run, options)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _run(run: Run, options: argparse.Namespace) -> int:
    """Expected failures become a sentence and the command to try next."""
    from pydantic import ValidationError

    from sightsync.errors import SightSyncError

    try:
        return run(options)
    except Trouble as trouble:
        return _say(str(trouble), trouble.then)
    except SightSyncError as error:
        return _say(error.message, "./sightsync doctor")
    except ValidationError as error:
        wrong = "; ".join(f"SIGHTSYNC_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        return _say(f"These settings make no sense: {wrong}", "env | grep SIGHTSYNC_")
    except BrokenPipeError:
        raise
    except OSError as error:
        return _say(f"{error.strerror or error}: {error.filename or 'this machine'}", "./sightsync doctor")


def _say(message: str, then: str, code: int = 1) -> int:
    print(f"{message}\nTry: {then}", file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    """Ends errors as all of ours do."""

    def error(self, message: str) -> NoReturn:
        self.exit(_say(f"{self.prog}: {message}", f"{self.prog} --help", 2))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    """`rest` holds what a command that passes on leaves to another program."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.passes_on:
        parser.error(f"cannot make sense of {' '.join(rest)}")
    options.rest = rest
    return options


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="./sightsync", add_help=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for add in (
        _add_dev,
        _add_import,
        _add_export,
        _add_doctor,
        _add_models,
        _add_retry,
        _add_reindex,
        _add_test,
        _add_openapi,
        _add_bench,
        _add_build,
        _add_secrets,
        _add_indexes,
        _add_publish_site,
    ):
        add(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def _command(commands: Commands, name: str, run: Run, says: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, description=says, allow_abbrev=False)
    command.set_defaults(run=run, passes_on=False)
    return command


def _with_data(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="folder that holds the gallery (default: ~/.local/share/sightsync)"
    )
    return command


def _with_stack(
    command: argparse.ArgumentParser, which: str = "which stack (default: that of samconfig.toml)"
) -> argparse.ArgumentParser:
    command.add_argument("--stack", metavar="NAME", help=which)
    command.add_argument("--region", metavar="REGION", help="where it is (default: AWS_REGION, else samconfig.toml's)")
    return command


def _with_gallery(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    return _with_stack(_with_data(command), "the gallery of this stack in the cloud, not this machine's")


def _use_data(options: argparse.Namespace) -> None:
    """Settings are read from the environment, once; so that is where the choice goes. One user, as `dev` has it."""
    if getattr(options, "stack", None):
        from local.stack import region_of, use

        use(options.stack, region_of(options.region))
    if options.data is not None:
        os.environ["SIGHTSYNC_DATA"] = str(options.data.expanduser().resolve())
    os.environ.setdefault("SIGHTSYNC_LOCAL_USER", "local")


def _add_dev(commands: Commands) -> None:
    command = _with_data(_command(commands, "dev", _dev, "Serves page, API and store, and analyses what arrives. Ctrl-C ends it."))
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    command.add_argument("--port", type=int, help="default: 8000, or the next free one")
    command.add_argument("--open", action=argparse.BooleanOptionalAction, help="open the browser (default: on a terminal)")
    command.add_argument("--models", action="store_true", help="with the real models, on this machine")
    command.add_argument("--issuer", metavar="URL", help="OIDC issuer whose tokens people sign in with (docs/sign-in.md)")
    command.add_argument("--client-id", metavar="ID", help="the page's client id there; tokens for another are refused")
    command.add_argument("--sign-in-at", metavar="URL", default="", help="where Cognito's API is, if not at the issuer: for trials")


def _dev(options: argparse.Namespace) -> int:
    from local.dev import serve

    sign_in = (options.issuer, options.client_id, options.sign_in_at)
    return serve(options.host, options.port, options.data, options.open, *sign_in, models=options.models)


def _add_models(commands: Commands) -> None:
    command = _command(
        commands,
        "models",
        _models,
        "Serves BLIP and CLIP on this machine, for SIGHTSYNC_VISION=http://127.0.0.1:8500. What is missing is installed and "
        "fetched first. SIGHTSYNC_CLIP_MODEL and SIGHTSYNC_CAPTION_MODEL name others: hub ids, or folders.",
    )
    command.add_argument("--port", type=int, default=8500, help="default: 8500; 0 takes a free one")


def _models(options: argparse.Namespace) -> int:
    from local.models import run

    return run(options.port)


def _add_import(commands: Commands) -> None:
    command = _with_gallery(
        _command(commands, "import", _import, "Adds the pictures of a folder; what is there already is skipped.")
    )
    command.add_argument("folder", metavar="FOLDER")
    command.add_argument("target", metavar="s3://BUCKET/incoming/", nargs="?", help="send them there, for the cloud to analyse")
    command.add_argument("--dry-run", action="store_true", help="say what would be done")
    command.add_argument("--category", metavar="NAME", help="category of pictures whose folder or words name none")
    command.add_argument("--drafts", action="store_true", help="leave them unpublished")
    command.add_argument("--watch", action="store_true", help="with a bucket: stay until the cloud has analysed what was sent")


def _import(options: argparse.Namespace) -> int:
    _use_data(options)
    from local.importing import run

    how = {"category": options.category, "drafts": options.drafts, "dry_run": options.dry_run, "watch": options.watch}
    return run(options.folder, options.target, **how)


def _add_export(commands: Commands) -> None:
    command = _with_gallery(
        _command(commands, "export", _export, "Writes metadata.jsonl as the Hugging Face imagefolder form has it.")
    )
    command.add_argument("folder", metavar="FOLDER", help="where to write, or - for the lines alone on standard output")
    command.add_argument("--pictures", action="store_true", help="the originals too")
    command.add_argument("--drafts", action="store_true", help="also what is not published")


def _export(options: argparse.Namespace) -> int:
    _use_data(options)
    from local.exporting import run

    return run(options.folder, pictures=options.pictures, drafts=options.drafts)


def _add_doctor(commands: Commands) -> None:
    _with_gallery(
        _command(commands, "doctor", _doctor, "Checks this machine and your gallery; says what to do about each problem.")
    )


def _doctor(options: argparse.Namespace) -> int:
    _use_data(options)
    from local.doctor import run

    return run()


def _add_reindex(commands: Commands) -> None:
    says = (
        "Reads every picture with the model of SIGHTSYNC_VISION_NEXT (or SIGHTSYNC_VISION) while the old one serves, then switches."
    )
    command = _with_gallery(_command(commands, "reindex", _reindex, says))
    ways = command.add_mutually_exclusive_group()
    ways.add_argument(
        "--dry-run",
        action="store_true",
        help="read a few, which wakes the model, and say how many there are and how long they take",
    )
    ways.add_argument("--rollback", action="store_true", help="go back to the space before; its vectors are still there")
    ways.add_argument("--forget-old", action="store_true", help="remove the vectors of all spaces but the gallery's")


def _reindex(options: argparse.Namespace) -> int:
    _use_data(options)
    from local.reindexing import run

    return run(dry_run=options.dry_run, rollback=options.rollback, forget_old=options.forget_old)


def _add_retry(commands: Commands) -> None:
    command = _with_gallery(_command(commands, "retry", _retry, "Asks once more for every picture that failed on our side."))
    letters = "send the messages once more that were given up after ten tries"
    command.add_argument("--dead-letters", action="store_true", help=letters)


def _retry(options: argparse.Namespace) -> int:
    _use_data(options)
    from local.retrying import run

    return run(options.dead_letters)


def _add_test(commands: Commands) -> None:
    command = _command(commands, "test", _test, "Runs every check. What is no option below goes to pytest.")
    command.add_argument("--all", action="store_true", help="the slow tests too")
    command.add_argument("--screenshots", type=Path, metavar="DIR", help="keep pictures of the page here")
    command.set_defaults(passes_on=True)


def _test(options: argparse.Namespace) -> int:
    from local.testing import run

    return run(options.rest, everything=options.all, screenshots=options.screenshots)


def _add_build(commands: Commands) -> None:
    command = _command(commands, "build", _build, "Builds the functions' packages; what is no option here goes to `sam build`.")
    command.set_defaults(passes_on=True)


def _build(options: argparse.Namespace) -> int:
    from local.building import run

    return run(options.rest)


def _chosen_stack(options: argparse.Namespace) -> dict[str, Any]:
    from local.stack import default_name, region_of

    return {"stack": options.stack or default_name(), "region": region_of(options.region)}


def _add_secrets(commands: Commands) -> None:
    says = "Asks for what the stack's functions must know and nobody else, and keeps it in AWS Systems Manager, encrypted."
    command = _with_stack(_command(commands, "secrets", _secrets, says))
    command.add_argument(
        "--only", metavar="NAME", help="catalog or vision-token; without a terminal it is read from standard input"
    )
    command.add_argument("--list", action="store_true", dest="show", help="say what is there, never what it holds")
    command.add_argument("--no-check", action="store_true", help="look neither for the stack nor whether MongoDB answers")
    command.add_argument("--replace", action="store_true", help="do not ask before a new version takes an old one's place")


def _secrets(options: argparse.Namespace) -> int:
    from local.secrets import run

    how = {"only": options.only, "show": options.show, "check": not options.no_check, "replace": options.replace}
    return run(**_chosen_stack(options), **how)


def _add_publish_site(commands: Commands) -> None:
    says = "Puts the page, its settings and the API's description into the stack's bucket; what is there already stays."
    command = _with_stack(_command(commands, "publish-site", _publish_site, says))
    command.add_argument("--dry-run", action="store_true", help="say what would be done")


def _publish_site(options: argparse.Namespace) -> int:
    from local.publishing import run

    return run(**_chosen_stack(options), dry_run=options.dry_run)


def _add_indexes(commands: Commands) -> None:
    command = _with_gallery(
        _command(commands, "indexes", _indexes, "Makes the indexes of a MongoDB catalog and waits until they answer.")
    )
    command.add_argument("--update", action="store_true", help="also change those that differ, and drop those no longer asked")
    command.add_argument("--wait", type=float, default=600, metavar="SECONDS", help="how long to wait (default: 600)")
    command.add_argument("--print", action="store_true", dest="show", help="print the search indexes' definitions and do nothing")


def _indexes(options: argparse.Namespace) -> int:
    _use_data(options)
    from local.indexes import run

    return run(update=options.update, wait_s=options.wait, show=options.show)


def _add_openapi(commands: Commands) -> None:
    _command(commands, "openapi", _openapi, "Prints the OpenAPI document of the whole API as JSON.")


def _openapi(options: argparse.Namespace) -> int:
    import json

    from local.openapi import document

    print(json.dumps(document(), indent=2, ensure_ascii=False))
    return 0


def _add_bench(commands: Commands) -> None:
    command = _command(commands, "bench", _bench, "Measures; without a name, says what can be measured.")
    command.add_argument("name", nargs="?")
    command.set_defaults(passes_on=True)


def _bench(options: argparse.Namespace) -> int:
    import runpy

    folder = Path(__file__).resolve().parent.parent / "bench"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if options.name is None:
        print("\n".join(f"./sightsync bench {name}" for name in names))
        return 0
    if options.name not in names:
        raise Trouble(f"There is no bench called {options.name}.", "./sightsync bench")
    sys.argv = [f"./sightsync bench {options.name}", *options.rest]
    runpy.run_module(f"bench.{options.name}", run_name="__main__")
    return 0
