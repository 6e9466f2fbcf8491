"""`./sightsync publish-site`: the page, its settings and the API's description into the stack's bucket; only what is new.

File names carry no hash, so browsers ask each time and are mostly told that nothing is new; see CACHE.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from local import cloud
from local.pages import TYPES
from local.prepare import ROOT
from local.progress import Progress
from local.signing_in import page_auth
from local.stack import Stack, described
from local.stripping import served
from local.trouble import Trouble

FRONTEND = ROOT / "frontend"
INDEX = "index.html"

# The modules import each other by fixed names, so that a browser which kept some of them would mix two versions. It asks for each
# (max-age=0), and CloudFront answers with 304 from its own copy, of which it is told when it is old. Should it not hear of that,
# its copy is ten minutes old at most.
CACHE = "max-age=0, must-revalidate, s-maxage=600"
MARK = {"published-by": "sightsync"}  # what bears it is ours to delete; what somebody else put there is left alone

_GONE = {"404", "NoSuchKey", "NotFound"}
_RIGHTS = "s3:ListBucket on the site's bucket, s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it"
_INVALIDATION = "cloudfront:CreateInvalidation on the stack's distribution"


@dataclass(frozen=True)
class File:
    """One object as it should be."""

    body: bytes
    content_type: str

    @property
    def etag(self) -> str:
        """As S3 makes it of an object that came in one piece and is encrypted with S3's own keys."""
        return md5(self.body, usedforsecurity=False).hexdigest()

    @property
    def headers(self) -> dict[str, Any]:
        return {"ContentType": self.content_type, "CacheControl": CACHE, "Metadata": MARK}


@dataclass(frozen=True)
class Plan:
    """Keys, in the order in which they are taken."""

    upload: tuple[str, ...]
    delete: tuple[str, ...]
    same: tuple[str, ...]
    foreign: tuple[str, ...]  # somebody else's

    @property
    def changed(self) -> tuple[str, ...]:
        return (*self.upload, *self.delete)


def run(*, stack: str, region: str | None, dry_run: bool = False, frontend: Path = FRONTEND) -> int:
    """0 when the site is as it should be."""
    found = described(stack, region)
    files = site(found, frontend)
    bucket = Bucket(found.output("SiteBucketName"), found.region)
    plan = planned(files, bucket.held())
    _tell(plan, files)
    if not dry_run and plan.changed:
        _publish(plan, files, bucket)
        _invalidate(found, plan.changed)
    done = "would be" if dry_run else "are"
    print(f"{len(plan.upload)} {done} uploaded, {len(plan.delete)} {done} deleted, {len(plan.same)} are as they should be.")
    print(f"Open {found.output('SiteUrl')}" if not dry_run else f"Nothing was changed in {bucket.name}.")
    return 0


# --- what belongs there ---


def site(stack: Stack, frontend: Path = FRONTEND) -> dict[str, File]:
    """Everything that the site's bucket should hold, by key; the page's own files byte for byte as `dev` serves them."""
    page = {
        path.relative_to(frontend).as_posix(): File(served(path), TYPES[path.suffix])
        for path in sorted(frontend.rglob("*"))
        if path.is_file() and path.suffix in TYPES and not any(part.startswith(".") for part in path.relative_to(frontend).parts)
    }
    settings = json.dumps(config(stack), indent=2) + "\n"
    return {**page, **_description(stack), "config.json": File(settings.encode(), TYPES[".json"])}


def config(stack: Stack) -> dict[str, Any]:
    """What the page must know: where the API is, and who signs people in."""
    auth = page_auth(stack.output("Issuer"), stack.output("PageClientId")) or {}
    auth["sign_up"] = stack.parameters.get("SignUp") == "yes"
    return {"api": "/api", "auth": auth}


def _description(stack: Stack) -> dict[str, File]:
    """The API's own description at the addresses that it has on one machine; CloudFront takes these from the bucket."""
    from local.openapi import STYLE
    from local.reference import page

    written = json.dumps(_api(), ensure_ascii=False).encode()
    return {
        "api/openapi.json": File(written, TYPES[".json"]),
        "api/docs": File(page(_api(), stack.output("SiteUrl")).encode(), TYPES[".html"]),
        "api/docs.css": File(STYLE.read_bytes(), TYPES[".css"]),
    }


@cache
def _api() -> dict[str, Any]:
    from local.openapi import document

    return document()


# --- what is there ---


@dataclass(frozen=True)
class Object:
    """One that is there. `ours`: an earlier run put it there."""

    etag: str
    content_type: str
    cache_control: str
    ours: bool

    def is_as(self, file: File) -> bool:
        wanted = (file.etag, file.content_type, CACHE, True)
        return (self.etag, self.content_type, self.cache_control, self.ours) == wanted


@dataclass
class Bucket:
    name: str
    region: str

    def held(self) -> dict[str, Object]:
        with cloud.asking(f"read {self.name}", _RIGHTS):
            return {key: found for key in list(self._keys()) if (found := self._object(key)) is not None}

    def put(self, key: str, file: File) -> None:
        with cloud.asking(f"write to {self.name}", _RIGHTS):
            self._s3.put_object(Bucket=self.name, Key=key, Body=file.body, **file.headers)

    def delete(self, key: str) -> None:
        with cloud.asking(f"delete in {self.name}", _RIGHTS):
            self._s3.delete_object(Bucket=self.name, Key=key)

    def _keys(self) -> Iterator[str]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name):
            yield from (found["Key"] for found in page.get("Contents", ()))

    def _object(self, key: str) -> Object | None:
        """None: gone meanwhile."""
        from sightsync.adapters.aws import unless

        found: Mapping[str, Any] | None = unless(_GONE, lambda: self._s3.head_object(Bucket=self.name, Key=key))
        if found is None:
            return None
        ours = found.get("Metadata") == MARK
        return Object(found["ETag"].strip('"'), found.get("ContentType", ""), found.get("CacheControl", ""), ours)

    @cached_property
    def _s3(self) -> Any:
        from sightsync.adapters.aws import client

        return client("s3", self.region, patient=True)


# --- from the one to the other ---


def planned(files: Mapping[str, File], held: Mapping[str, Object]) -> Plan:
    """The page comes last and what is gone goes after it, so that no page asks for what is not there."""
    upload = sorted(
        (key for key in files if key not in held or not held[key].is_as(files[key])), key=lambda key: (key == INDEX, key)
    )
    absent = sorted(held.keys() - files.keys())
    return Plan(
        upload=tuple(upload),
        delete=tuple(key for key in absent if held[key].ours),
        same=tuple(sorted(files.keys() - set(upload))),
        foreign=tuple(key for key in absent if not held[key].ours),
    )


def _tell(plan: Plan, files: Mapping[str, File]) -> None:
    for key in plan.upload:
        print(f"upload   {key:<28} {len(files[key].body):>8} bytes  {files[key].content_type}")
    for key in plan.delete:
        print(f"delete   {key}")
    for key in plan.foreign:
        print(f"leave    {key:<28} somebody else put it there")


def _publish(plan: Plan, files: Mapping[str, File], bucket: Bucket) -> None:
    with Progress(len(plan.changed), "Publishing") as progress:
        for done, key in enumerate(plan.changed, start=1):
            if key in files:
                bucket.put(key, files[key])
            else:
                bucket.delete(key)
            progress.show(done, key)


def _invalidate(stack: Stack, keys: tuple[str, ...]) -> None:
    """CloudFront is told once, of all that changed; the page has two addresses."""
    from sightsync.adapters.aws import client

    distribution = stack.output("DistributionId")
    paths = [f"/{quote(key)}" for key in keys] + (["/"] if INDEX in keys else [])
    batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": uuid4().hex}
    try:
        with cloud.asking("tell CloudFront what changed", _INVALIDATION):
            client("cloudfront", stack.region, patient=True).create_invalidation(
                DistributionId=distribution, InvalidationBatch=batch
            )
    except Trouble as trouble:
        again = f"aws cloudfront create-invalidation --distribution-id {distribution} --paths '/*'"
        raise Trouble(f"All is uploaded, and seen by everybody in ten minutes. {trouble}", again) from trouble
