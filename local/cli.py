"""The command line: what can be asked, and which module does it. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from local import cli_cloud
from local.cli_parts import Commands, Parser, Run, a_command, say, use_data, with_data, with_gallery
from local.trouble import Trouble
from sightsync import VERSION

SETTINGS = "env | grep SIGHTSYNC_"  # what to look at when one of them makes no sense

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
  judge               how good search is on queries that you have judged

`./sightsync COMMAND --help` tells more of one. Begin with: ./sightsync dev
"""


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 done, 1 a problem that was named, 2 a command that makes no sense, 130 stopped with Ctrl-C."""
    _print_anything()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if arguments[0] == "--version":
        print(f"SightSync {VERSION}")
        return 0
    options = _options(arguments)
    try:
        return _run(options.run, options)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _print_anything() -> None:
    """Whatever this machine's language: words and names of files hold characters that are not in it, or in any."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _run(run: Run, options: argparse.Namespace) -> int:
    """Expected failures become a sentence and the command to try next."""
    from pydantic import ValidationError

    from sightsync.errors import SightSyncError

    try:
        return run(options)
    except Trouble as trouble:
        return say(str(trouble), trouble.then)
    except SightSyncError as error:
        return say(error.message, SETTINGS if "SIGHTSYNC_" in error.message else "./sightsync doctor")
    except ValidationError as error:
        wrong = "; ".join(f"SIGHTSYNC_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        return say(f"These settings make no sense: {wrong}", SETTINGS)
    except BrokenPipeError:
        raise
    except OSError as error:
        return say(f"{error.strerror or error}: {error.filename or 'this machine'}", "./sightsync doctor")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    """`rest` holds what a command that passes on leaves to another program."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.passes_on:
        parser.error(f"cannot make sense of {' '.join(rest)}")
    options.rest = rest
    return options


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="./sightsync", add_help=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
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
        _add_judge,
        *cli_cloud.COMMANDS,
    ):
        add(commands)
    return parser


def _add_dev(commands: Commands) -> None:
    command = with_data(a_command(commands, "dev", _dev, "Serves page, API and store, and analyses what arrives. Ctrl-C ends it."))
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
    command = a_command(
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
    command = with_gallery(
        a_command(commands, "import", _import, "Adds the pictures of a folder; what is there already is skipped.")
    )
    command.add_argument("folder", metavar="FOLDER")
    command.add_argument("target", metavar="s3://BUCKET/incoming/", nargs="?", help="send them there, for the cloud to analyse")
    command.add_argument("--dry-run", action="store_true", help="say what would be done")
    command.add_argument("--category", metavar="NAME", help="category of pictures whose folder or words name none")
    command.add_argument("--drafts", action="store_true", help="leave them unpublished")
    command.add_argument("--watch", action="store_true", help="with a bucket: stay until the cloud has analysed what was sent")


def _import(options: argparse.Namespace) -> int:
    use_data(options)
    from local.importing import run

    how = {"category": options.category, "drafts": options.drafts, "dry_run": options.dry_run, "watch": options.watch}
    return run(options.folder, options.target, **how)


def _add_export(commands: Commands) -> None:
    command = with_gallery(
        a_command(commands, "export", _export, "Writes metadata.jsonl as the Hugging Face imagefolder form has it.")
    )
    command.add_argument("folder", metavar="FOLDER", help="where to write, or - for the lines alone on standard output")
    command.add_argument("--pictures", action="store_true", help="the originals too")
    command.add_argument("--drafts", action="store_true", help="also what is not published")


def _export(options: argparse.Namespace) -> int:
    use_data(options)
    from local.exporting import run

    return run(options.folder, pictures=options.pictures, drafts=options.drafts)


def _add_doctor(commands: Commands) -> None:
    with_gallery(
        a_command(commands, "doctor", _doctor, "Checks this machine and your gallery; says what to do about each problem.")
    )


def _doctor(options: argparse.Namespace) -> int:
    use_data(options)
    from local.doctor import run

    return run()


def _add_reindex(commands: Commands) -> None:
    says = (
        "Reads every picture with the model of SIGHTSYNC_VISION_NEXT (or SIGHTSYNC_VISION) while the old one serves, then switches."
    )
    command = with_gallery(a_command(commands, "reindex", _reindex, says))
    ways = command.add_mutually_exclusive_group()
    ways.add_argument(
        "--dry-run",
        action="store_true",
        help="read a few, which wakes the model, and say how many there are and how long they take",
    )
    ways.add_argument("--rollback", action="store_true", help="go back to the space before; its vectors are still there")
    ways.add_argument("--forget-old", action="store_true", help="remove the vectors of all spaces but the gallery's")


def _reindex(options: argparse.Namespace) -> int:
    use_data(options)
    from local.reindexing import run

    return run(dry_run=options.dry_run, rollback=options.rollback, forget_old=options.forget_old)


def _add_retry(commands: Commands) -> None:
    command = with_gallery(a_command(commands, "retry", _retry, "Asks once more for every picture that failed on our side."))
    letters = "send the messages once more that were given up after ten tries"
    command.add_argument("--dead-letters", action="store_true", help=letters)


def _retry(options: argparse.Namespace) -> int:
    use_data(options)
    from local.retrying import run

    return run(options.dead_letters)


def _add_test(commands: Commands) -> None:
    command = a_command(commands, "test", _test, "Runs every check. What is no option below goes to pytest.")
    command.add_argument("--all", action="store_true", help="the slow tests too")
    command.add_argument("--screenshots", type=Path, metavar="DIR", help="keep pictures of the page here")
    command.set_defaults(passes_on=True)


def _test(options: argparse.Namespace) -> int:
    from local.testing import run

    return run(options.rest, everything=options.all, screenshots=options.screenshots)


def _add_openapi(commands: Commands) -> None:
    a_command(commands, "openapi", _openapi, "Prints the OpenAPI document of the whole API as JSON.")


def _openapi(options: argparse.Namespace) -> int:
    import json

    from local.openapi import document

    print(json.dumps(document(), indent=2, ensure_ascii=False))
    return 0


def _add_judge(commands: Commands) -> None:
    says = (
        "Measures search on queries that you have judged: nDCG@10 and recall@24, beside each of its lists alone. Lines of FILE: "
        '{"query": "red boat", "image": "<id or file name>", "grade": 0 to 3}; without FILE, the thumbs you gave on the page.'
    )
    command = with_gallery(a_command(commands, "judge", _judge, says))
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", help="judgements (default: judged.jsonl in the data folder)")
    command.add_argument("--floor", type=float, metavar="X", help="exit with 1 when nDCG@10 is below this")
    beside = "measure with this setting as well, such as SIGHTSYNC_VISION=http://127.0.0.1:8500; may be given again"
    command.add_argument("--with", action="append", default=[], dest="others", metavar="NAME=VALUE", help=beside)


def _judge(options: argparse.Namespace) -> int:
    use_data(options)
    from local.judging import run

    return run(options.file, floor=options.floor, others=options.others)


def _add_bench(commands: Commands) -> None:
    command = a_command(commands, "bench", _bench, "Measures; without a name, says what can be measured.")
    command.add_argument("name", nargs="?")
    command.set_defaults(passes_on=True)


def _bench(options: argparse.Namespace) -> int:
    import runpy

    folder = Path(__file__).resolve().parent.parent / "bench"
    names = sorted(
        path.stem for path in folder.glob("*.py") if '__name__ == "__main__"' in path.read_text() and path.stem[0] != "_"
    )
    if options.name is None:
        print("\n".join(f"./sightsync bench {name}" for name in names))
        return 0
    if options.name not in names:
        raise Trouble(f"There is no bench called {options.name}.", "./sightsync bench")
    sys.argv = [f"./sightsync bench {options.name}", *options.rest]
    runpy.run_module(f"bench.{options.name}", run_name="__main__")
    return 0
