"""Whether a secret that somebody gave can be right: its form, and for a database whether it answers. Nothing here quotes one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

LEAST_TOKEN = 8  # characters


@dataclass(frozen=True)
class Wrong(Exception):
    """What is wrong with a value, never quoting it; `doubtful` when it may be right all the same."""

    says: str
    doubtful: bool = False


def check_address(value: str) -> None:
    """The form of a MongoDB address that the functions can use."""
    try:
        parts = urlsplit(value)
        user, password, port = parts.username, parts.password, parts.port if "," not in parts.netloc else None
    except ValueError:
        raise Wrong("this is no address: are @ : / ? # % in its password written %40 %3A %2F %3F %23 %25?") from None
    if parts.scheme not in ("mongodb", "mongodb+srv") or not parts.hostname or any(sign.isspace() for sign in value):
        raise Wrong("this is no MongoDB address: one looks like mongodb+srv://user:password@host/sightsync")
    if parts.netloc.count("@") > 1:
        raise Wrong("a @ in user or password is written %40")
    if "<" in value or ">" in value:
        raise Wrong("Atlas' placeholder is still in it: write the user's password there, without < and >")
    if parts.scheme == "mongodb+srv" and port is not None:
        raise Wrong("mongodb+srv:// takes no port")
    if not user or not password:
        raise Wrong("it names no user and password, and the catalog must not be open to everybody", doubtful=True)


def check_token(value: str) -> None:
    if not (value.isascii() and value.isprintable()) or " " in value or len(value) < LEAST_TOKEN:
        raise Wrong("this is no token: one is a single word of letters and digits")
    if not value.startswith("hf_"):
        raise Wrong("Hugging Face's own tokens begin with hf_", doubtful=True)


def ping(uri: str) -> None:
    """Wrong, with what to do, when nothing answers at the address: from here, which need not be true of Lambda."""
    from local.doctor_mongodb import diagnosis
    from sightsync.adapters.mongo_driver import Server, translated
    from sightsync.errors import SightSyncError

    print("Trying it …", flush=True)
    server = Server(uri)
    try:
        translated(lambda: server.database.command("ping"))()
    except SightSyncError as problem:
        what, remedy = diagnosis(str(problem.__cause__ or problem))
        raise Wrong(f"tried from here, {what}; {remedy}", doubtful=True) from None
    finally:
        server.close()
