"""Presigned POSTs (AWS Signature Version 4) and signed links, as pure functions: build, sign, verify.

The file store signs and verifies with them; tests of the S3 store verify what boto3 signed with the same verifier.
Source: Amazon S3 API Reference, "Authenticating Requests: Browser-Based Uploads Using POST (AWS Signature Version 4)".
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sightsync.errors import BadRequest, NotAllowed, TooLarge

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_FIELDS = frozenset({"policy", "x-amz-signature", "file"})  # every other form field must be named by the policy
MAX_POLICY = 20_000  # characters; S3 takes 20 KB of form data beside the file


@dataclass(frozen=True)
class Signer:
    """Whose signature it is. `secret` never leaves the process."""

    access_key: str
    secret: str
    region: str

    def credential(self, at: datetime) -> str:
        return f"{self.access_key}/{at:%Y%m%d}/{self.region}/s3/aws4_request"

    def signature(self, text: str, day: str) -> str:
        """64 hex digits over `text` with the key of that day (YYYYMMDD) and region."""
        key = f"AWS4{self.secret}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Allowance:
    """What one verified POST may bring."""

    key: str
    content_type: str
    least: int
    most: int

    def check_size(self, size: int) -> None:
        """TooLarge as soon as `size` passes the ceiling; call it while bytes arrive."""
        if size > self.most:
            raise TooLarge(f"This file is larger than the {self.most} bytes that were agreed.")

    def check_whole(self, size: int) -> None:
        self.check_size(size)
        if size < self.least:
            raise BadRequest(f"This file is shorter than the {self.least} bytes that were agreed.", code="too_small")


def build_policy(bucket: str, fields: Mapping[str, str], max_bytes: int, expires_at: datetime) -> dict[str, Any]:
    """The policy document that allows exactly these fields and a file of at most `max_bytes`.

    An empty file passes: it then becomes a rejected image with a sentence, which says more than a refused upload.
    """
    conditions: list[Any] = [{"bucket": bucket}, *({name: value} for name, value in fields.items())]
    conditions.append(["content-length-range", 0, max_bytes])
    return {"expiration": expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "conditions": conditions}


def presign(
    bucket: str, key: str, content_type: str, max_bytes: int, expires_at: datetime, signer: Signer, at: datetime
) -> dict[str, str]:
    """The form fields of a presigned POST, to be sent before the field `file`."""
    at = at.astimezone(UTC)
    fields = {
        "key": key,
        "Content-Type": content_type,
        "x-amz-algorithm": ALGORITHM,
        "x-amz-credential": signer.credential(at),
        "x-amz-date": at.strftime("%Y%m%dT%H%M%SZ"),
    }
    document = json.dumps(build_policy(bucket, fields, max_bytes, expires_at), ensure_ascii=False)
    policy = base64.b64encode(document.encode()).decode("ascii")
    return {**fields, "policy": policy, "x-amz-signature": signer.signature(policy, f"{at:%Y%m%d}")}


def verify(fields: Mapping[str, str], bucket: str, signer: Signer, at: datetime) -> Allowance:
    """What this form may bring; NotAllowed(policy_refused, policy_expired) when its signature or a condition does not hold.

    Field names are compared without case, as S3 does. `fields` holds everything before the file.
    """
    form = _lowered(fields)
    _check_signature(form, signer)
    policy = _policy(form["policy"])
    if at >= _expiration(policy):
        raise NotAllowed("This upload permission has expired. Ask for a new one.", code="policy_expired")
    named, (least, most) = _check_conditions(policy, {**form, "bucket": bucket})
    for name in form:
        if name not in named and name not in UNSIGNED_FIELDS and not name.startswith("x-ignore-"):
            raise _refused(f"The field {name[:64]} is not part of the permission.")
    if not {"bucket", "key"} <= named:
        raise _refused("The permission names no bucket and key.")
    return Allowance(form["key"], form.get("content-type", "application/octet-stream"), least, most)


def sign_link(signer: Signer, key: str, filename: str, expires: int) -> str:
    """Signature of a download link for `key` under `filename`, valid until `expires` (Unix seconds)."""
    return signer.signature(json.dumps(["GET", key, filename, expires]), "link")


def verify_link(signer: Signer, key: str, filename: str, expires: str, signature: str, at: datetime) -> None:
    """NotAllowed(link_refused, link_expired) unless `sign_link` made it and it still runs."""
    until = int(expires) if expires.isascii() and expires.isdigit() and len(expires) <= 12 else 0
    if not _same(signature, sign_link(signer, key, filename, until)):
        raise NotAllowed("This link is not one of ours.", code="link_refused")
    if at.timestamp() >= until:
        raise NotAllowed("This link has expired. Open the picture again for a new one.", code="link_expired")


def _lowered(fields: Mapping[str, str]) -> dict[str, str]:
    form = {name.lower(): value for name, value in fields.items()}
    if len(form) != len(fields):
        raise _refused("A field comes twice.")
    return form


def _check_signature(form: Mapping[str, str], signer: Signer) -> None:
    policy, stamp = form.get("policy", ""), form.get("x-amz-date", "")
    expected = {
        "x-amz-algorithm": ALGORITHM,
        "x-amz-credential": f"{signer.access_key}/{stamp[:8]}/{signer.region}/s3/aws4_request",
    }
    held = all(_same(form.get(name, ""), value) for name, value in expected.items())
    if len(policy) > MAX_POLICY or not _same(form.get("x-amz-signature", ""), signer.signature(policy, stamp[:8])) or not held:
        raise _refused("The signature of this upload permission does not fit.")


def _same(given: str, expected: str) -> bool:
    """In constant time; hostile text may hold lone surrogates, which no codec of ours would take."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


def _policy(text: str) -> dict[str, Any]:
    try:
        policy = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as exc:
        raise _refused("The upload permission cannot be read.") from exc
    if not isinstance(policy, dict):
        raise _refused("The upload permission cannot be read.")
    return policy


def _expiration(policy: Mapping[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(policy["expiration"])
    except (KeyError, TypeError, ValueError) as exc:
        raise _refused("The upload permission has no end.") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_conditions(policy: Mapping[str, Any], form: Mapping[str, str]) -> tuple[set[str], tuple[int, int]]:
    """The field names that the policy speaks of, and its (least, most) bytes."""
    named: set[str] = set()
    size: tuple[int, int] | None = None
    for kind, name, value in _conditions(policy):
        if kind == "content-length-range":
            size = (int(name), int(value))
            continue
        name = name.removeprefix("$").lower()
        named.add(name)
        given = form.get(name)
        if given is None or not (given == value if kind == "eq" else given.startswith(value)):
            raise _refused(f"The field {name[:64]} is not what the permission says.")
    if size is None:
        raise _refused("The permission names no size.")
    return named, size


def _conditions(policy: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for condition in policy.get("conditions") or ():
        match condition:
            case dict():
                for name, value in condition.items():
                    yield "eq", name, str(value)
            case ["content-length-range", int() | str() as least, int() | str() as most] if f"{least}{most}".isdigit():
                yield "content-length-range", str(least), str(most)
            case [str() as kind, str() as name, str() as value] if kind.lower() in ("eq", "starts-with"):
                yield kind.lower(), name, value
            case _:
                raise _refused("The permission has a condition that is not known here.")


def _refused(message: str) -> NotAllowed:
    return NotAllowed(message, code="policy_refused")
