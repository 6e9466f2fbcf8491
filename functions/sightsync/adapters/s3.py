"""The image store in S3: originals in a private, versioned bucket, derivatives in a public one that CloudFront stands before.

Permissions that this needs beyond reading and writing objects: s3:ListBucket (without it S3 answers 403 for what is not there, and
a store that refuses cannot be told from one that lacks the object), s3:ListBucketVersions and s3:DeleteObjectVersion.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import cached_property
from itertools import islice, takewhile
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from sightsync.adapters.aws import client, translated, unless
from sightsync.downloads import MEDIA, attachment, public_path
from sightsync.errors import BadRequest, StoreUnavailable, TooLarge
from sightsync.ports import ObjectHead, StoredObject, Ticket

FOR_EVER = "public, max-age=31536000, immutable"  # every content has keys of its own, see pixel_steps.derivative_keys
MAX_KEY = 1024  # bytes
_GONE = {"NoSuchKey", "404"}  # never NoSuchBucket: then nothing is known of the object
_CHUNK = 1 << 20
_DELETED_AT_ONCE = 1000  # objects that one DeleteObjects takes


class S3Store:
    """Safe in threads. Nothing is connected before the first call; whatever S3 refuses is StoreUnavailable, and may pass."""

    def __init__(
        self,
        originals: str,
        public: str,
        distribution: str | Callable[[], str] = "",
        *,
        connections: int = 10,
        patient: bool = False,
        s3: Any = None,
        cloudfront: Any = None,
    ) -> None:
        """Names of the two buckets and the id of the CloudFront distribution, if any, that keeps copies of derivatives; or what
        to call for that when it is first needed.

        `connections` at most are open at once; `patient` is for bulk uploads over slow lines; `s3` and `cloudfront` stand in for
        the clients.
        """
        self._originals, self._public, self._named = originals, public, distribution
        self._connections, self._patient = connections, patient
        self._given_s3, self._given_cloudfront = s3, cloudfront

    @cached_property
    def _s3(self) -> Any:
        return self._given_s3 or client("s3", connections=self._connections, patient=self._patient)

    @cached_property
    def _cloudfront(self) -> Any:
        return self._given_cloudfront or client("cloudfront", "us-east-1")  # it is everywhere, and its only address is there

    @cached_property
    def _distribution(self) -> str:
        return self._named if isinstance(self._named, str) else self._named()

    # --- reading

    def read(self, key: str, limit: int) -> StoredObject | None:
        """One request, so that head and body are of one version. Its length is judged before a byte of the body is taken, and
        again while it comes."""
        with translated():
            found = unless(_GONE, lambda: self._s3.get_object(**self._place(key)))
            if found is None:
                return None
            return StoredObject(_head(key, found), _whole(found["Body"], found["ContentLength"], limit))

    def head(self, key: str) -> ObjectHead | None:
        with translated():
            place = self._place(key)
            found = unless(_GONE, lambda: self._s3.head_object(**place))
            if found is None:  # or the bucket is not there: an answer without a body cannot say which
                self._s3.head_bucket(Bucket=place["Bucket"])
        return None if found is None else _head(key, found)

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """In the order of keys' bytes, page by page. Types and metadata are not told: S3 lists without them."""
        listings = (self._listed(bucket, prefix) for bucket in self._buckets(prefix))
        yield from heapq.merge(*listings, key=lambda head: head.key.encode())

    # --- writing

    def write(self, key: str, body: bytes, content_type: str) -> ObjectHead:
        """`modified_at` is by our own clock: S3 does not tell it in its answer."""
        more = {"CacheControl": FOR_EVER} if key.startswith(MEDIA) else {}
        with translated():
            answer = self._s3.put_object(**self._place(key), Body=body, ContentType=content_type, **more)
        return ObjectHead(key, len(body), _plain(answer["ETag"]), datetime.now(UTC), content_type)

    def delete(self, key: str) -> None:
        """Every version and delete marker. CloudFront is told also when nothing was there: an earlier telling may have failed."""
        with translated():
            bucket = self._place(key)["Bucket"]
            versions = takewhile(lambda version: version["Key"] == key, self._versions(bucket, key))  # it sorts first
            while batch := [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in islice(versions, _DELETED_AT_ONCE)]:
                answer = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
                if answer.get("Errors"):
                    raise StoreUnavailable("The store of the pictures would not delete a file.")
            if key.startswith(MEDIA) and self._distribution:
                self._invalidate(key)

    # --- tickets and links

    def ticket(self, key: str, content_type: str, max_bytes: int, expires_in: int = 3600) -> Ticket:
        """Ends with the credentials that signed it, if those end sooner."""
        place, fields = self._place(key), {"Content-Type": content_type}
        expires_at = (datetime.now(UTC) + timedelta(seconds=expires_in)).replace(microsecond=0)
        with translated():
            post = self._s3.generate_presigned_post(
                **place,
                Fields=fields,
                Conditions=[fields, ["content-length-range", 0, max_bytes]],  # an empty file: see policies.build_policy
                ExpiresIn=expires_in,
            )
        return Ticket(post["url"], post["fields"], expires_at)

    def public_url(self, key: str) -> str:
        """Below the site's own address, where CloudFront serves the public bucket: right under every name that it has."""
        return public_path(key)

    def private_url(self, key: str, filename: str, expires_in: int = 300) -> str:
        asked = {
            **self._place(key),
            "ResponseContentDisposition": attachment(filename),
            "ResponseCacheControl": "private, no-store",
        }
        with translated():
            url: str = self._s3.generate_presigned_url("get_object", Params=asked, ExpiresIn=expires_in)
        return url

    def health(self) -> None:
        with translated():
            for bucket in self._buckets(""):
                self._s3.head_bucket(Bucket=bucket)

    # --- S3

    def _buckets(self, prefix: str) -> Iterator[str]:
        """Those that may hold keys of this prefix."""
        if not prefix.startswith(MEDIA):
            yield self._originals
        if self._public and (prefix.startswith(MEDIA) or MEDIA.startswith(prefix)):
            yield self._public

    def _place(self, key: str) -> dict[str, str]:
        """Bucket and key; BadRequest("bad_key") for what can be none."""
        try:
            size = len(key.encode())
        except UnicodeEncodeError:
            size = 0
        if not 0 < size <= MAX_KEY:
            raise BadRequest("This is not a name that the store can hold.", code="bad_key")
        return {"Bucket": self._public if key.startswith(MEDIA) else self._originals, "Key": key}

    def _listed(self, bucket: str, prefix: str) -> Iterator[ObjectHead]:
        with translated():
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for found in page.get("Contents", ()):
                    yield ObjectHead(found["Key"], found["Size"], _plain(found["ETag"]), found["LastModified"])

    def _versions(self, bucket: str, key: str) -> Iterator[Mapping[str, Any]]:
        """Versions and delete markers of this key first, then of keys that begin with it."""
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            yield from sorted(found, key=lambda version: str(version["Key"]).encode())

    def _invalidate(self, key: str) -> None:
        paths = {"Quantity": 1, "Items": ["/" + quote(key)]}
        batch = {"Paths": paths, "CallerReference": uuid4().hex}
        self._cloudfront.create_invalidation(DistributionId=self._distribution, InvalidationBatch=batch)


def _whole(body: Any, length: int, limit: int) -> bytes:
    """All of it: read until S3 has nothing more, for only then does botocore see whether anything is missing."""
    picture = bytearray()
    with body:
        while length <= limit and len(picture) <= limit:
            chunk = body.read(_CHUNK)
            if not chunk:
                return bytes(picture)
            picture += chunk
    raise TooLarge(f"This file is larger than {limit} bytes.")


def _head(key: str, found: Mapping[str, Any]) -> ObjectHead:
    metadata = {name: _words(value) for name, value in found.get("Metadata", {}).items()}
    content_type = found.get("ContentType") or "application/octet-stream"
    return ObjectHead(key, found["ContentLength"], _plain(found["ETag"]), found["LastModified"], content_type, metadata)


def _plain(etag: str) -> str:
    """As the events have it."""
    return etag.strip('"')


def _words(value: str) -> str:
    """S3 gives metadata beyond ASCII back as RFC 2047 has it; what only looks so stays as it is."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value
