"""The composition root: alone knows which adapter is in use. Nothing is read or connected before the first call."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sightsync.errors import Misconfigured
from sightsync.ports import Catalog, ImageStore, Queue, Tokens, Vision
from sightsync.settings import Settings, on_lambda

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Services:
    """What every use case may be given. Tests build their own."""

    settings: Settings
    store: ImageStore
    catalog: Catalog
    vision: Vision
    queue: Queue
    tokens: Tokens | None = None  # None: no issuer, so nobody can sign in

    @cached_property
    def site(self) -> str:
        """The page's public address; empty where no setting names it."""
        return _value(self.settings.site, "SIGHTSYNC_SITE")


@cache
def services() -> Services:
    """This process's services, from its environment."""
    parts = build(Settings())
    if parts.settings.samples_for:
        from sightsync.alone import hang_samples

        hang_samples(parts.settings.samples_for, parts.catalog, parts.store, parts.vision, parts.queue, parts.settings)
    return parts


def observed(handler: Handler) -> Handler:
    """The same handler; on Lambda one that tells what it does: lines of JSON with the request's id, and metrics.

    Decided and loaded at import, which Lambda gives the most processor: where it runs does not change. It is the last thing that
    a function's import does, so garbage is looked for again (see handlers), but never among what has been loaded.
    """
    if not on_lambda():
        return handler
    from sightsync.adapters import powertools

    wrapped = powertools.observed(handler)
    gc.freeze()
    gc.enable()
    return wrapped


def build(settings: Settings) -> Services:
    queue = _queue(settings.queue_url)
    catalog = _catalog(settings.catalog_url)
    store, vision = _store(settings, queue), _vision(settings, catalog)
    return Services(settings, store, catalog, vision, queue, _tokens(settings))


def _path(url: str, setting: str) -> Path:
    """Misconfigured for what would quietly lead elsewhere: file://pictures/store is /store on a machine called pictures."""
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/") or parts.query or parts.fragment:
        example = f"{parts.scheme}:///srv/gallery"
        raise Misconfigured(f"{setting} wants a whole path after three slashes, such as {example} (? is written %3F, # %23).")
    return Path(unquote(parts.path))


def _queue(url: str) -> Queue:
    if url.startswith("sqlite:"):
        from sightsync.adapters.sqlite_queue import SqliteQueue

        return SqliteQueue(_path(url, "SIGHTSYNC_QUEUE"))
    if url.startswith(("https:", "http:")):
        from sightsync.adapters.sqs import SqsQueue

        return SqsQueue(url)
    raise Misconfigured(f"SIGHTSYNC_QUEUE: this version has no queue for {url.split(':')[0]}: URLs.")


def _store(settings: Settings, queue: Queue) -> ImageStore:
    url = settings.store_url
    if url.startswith("file:"):
        from sightsync.adapters.files import FileStore

        return FileStore(_path(url, "SIGHTSYNC_STORE"), queue)
    if url.startswith("s3:"):
        from sightsync.adapters.s3 import S3Store

        return S3Store(settings.bucket, _public_bucket(url), partial(_value, settings.distribution, "SIGHTSYNC_DISTRIBUTION"))
    raise Misconfigured(f"SIGHTSYNC_STORE: this version has no store for {url.split(':')[0]}: URLs.")


def _public_bucket(url: str) -> str:
    named = parse_qs(urlsplit(url).query).get("public", [""])[0]
    if not named:
        raise Misconfigured("SIGHTSYNC_STORE names no bucket for derivatives: s3://originals?public=bucket.")
    return named


def _value(given: str, setting: str) -> str:
    """What a setting holds, or what the parameter holds that it names."""
    if not given.startswith("ssm:"):
        return given
    from sightsync.adapters.parameters import parameter

    return parameter(given, setting)


def _catalog(url: str) -> Catalog:
    url = _value(url, "SIGHTSYNC_CATALOG")
    if url.startswith("sqlite:"):
        from sightsync.adapters.sqlite import SqliteCatalog

        return SqliteCatalog(_path(url, "SIGHTSYNC_CATALOG"))
    if url.startswith(("mongodb:", "mongodb+srv:")):
        from sightsync.adapters.mongo import MongoCatalog

        return MongoCatalog(url)
    raise Misconfigured(f"SIGHTSYNC_CATALOG: this version has no catalog for {url.split(':')[0]}: URLs.")


def _vision(settings: Settings, catalog: Catalog) -> Vision:
    present = vision_at(settings.vision, settings, catalog)
    if settings.vision_next in ("", settings.vision):
        return present
    from sightsync.adapters.changing import ChangingVision

    return ChangingVision(present, vision_at(settings.vision_next, settings, catalog), settings.vision_next, catalog)


def vision_at(url: str, settings: Settings, catalog: Catalog) -> Vision:
    """One model by its address, whether it serves the gallery or not."""
    if url.startswith("palette:"):
        from sightsync.adapters.palette import PaletteVision

        return PaletteVision()
    if url.startswith(("https:", "http:")):
        from sightsync.adapters.huggingface import HuggingFaceVision

        return HuggingFaceVision(url, _vision_token(settings), catalog, settings.vision_daily_calls)
    raise Misconfigured(f"SIGHTSYNC_VISION: this version has no vision for {url.split(':')[0]}: URLs.")


def _vision_token(settings: Settings) -> str | Callable[[], str] | None:
    """A parameter is read when a model is first asked: most functions never do."""
    token = settings.vision_token.get_secret_value().strip()
    if not token.startswith("ssm:"):
        return token or None
    from sightsync.adapters.parameters import parameter

    return partial(parameter, token, "SIGHTSYNC_VISION_TOKEN")


def _tokens(settings: Settings) -> Tokens | None:
    if settings.issuer and not settings.issuer.startswith(("https://", "http://")):
        raise Misconfigured("SIGHTSYNC_ISSUER (or --issuer) wants an address, https://…: the `iss` of people's tokens.")
    return LaterTokens(settings) if settings.issuer else None


@dataclass(frozen=True)
class LaterTokens:
    """Tokens of the issuer, by what is loaded when there is one to check: most visitors have none, and no queue has."""

    settings: Settings

    def user(self, token: str) -> str:
        return self._tokens.user(token)

    @cached_property
    def _tokens(self) -> Tokens:
        from sightsync.adapters.tokens import IssuerTokens, KeySet, published

        issuer, keys = self.settings.issuer, self.settings.issuer_keys
        return IssuerTokens(issuer, self.settings.audience, KeySet(issuer, published(issuer, keys)) if keys else None)
