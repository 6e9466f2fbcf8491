"""What requests carry beside JSON: a picture as the body or in a form, the version one has seen, and parameters of many routes."""

import re
from typing import Annotated

from fastapi import Depends, File, Header, Path, Query, Request, UploadFile
from pydantic import WithJsonSchema

from sightsync.errors import BadRequest, TooLarge
from sightsync.web import MAX_PICTURE, User

_VERSION = re.compile(r'(?:W/)?(?P<quote>"?)(?P<version>[0-9]{1,15})(?P=quote)')


async def picture_body(request: Request, _signed_in: User) -> bytes:
    """The request's whole body as a picture's bytes. TooLarge beyond 4 MB, BadRequest when there is none."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_PICTURE:
            raise _picture_too_large()
    if not body:
        raise BadRequest("The request has no picture in it: send the file's bytes as the body.", code="no_picture")
    return bytes(body)


def picture_file(
    _signed_in: User, file: Annotated[UploadFile, File(description="The picture, at most 4 MB, as the last field.")]
) -> bytes:
    """The same of a form's field `file`."""
    body = file.file.read(MAX_PICTURE + 1)
    if len(body) > MAX_PICTURE:
        raise _picture_too_large()
    if not body:
        raise BadRequest("The field `file` is empty.", code="no_picture")
    return body


async def seen_version(
    if_match: Annotated[
        str | None,
        Header(description="The version that you have seen, quoted or not: a newer one is not overwritten."),
        WithJsonSchema({"type": "string", "pattern": r'^(\*|(W/)?("[0-9]{1,15}"|[0-9]{1,15}))$'}),
    ] = None,
) -> int | None:
    """What If-Match asks for; None when it is absent or `*`."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _VERSION.fullmatch(if_match.strip())
    if not found:
        raise BadRequest("If-Match carries an image's version, a whole number.", code="bad_version")
    return int(found["version"])


def _picture_too_large() -> TooLarge:
    return TooLarge("The picture is larger than 4 MB. Send a smaller copy.", details={"max_bytes": MAX_PICTURE})


PictureBody = Annotated[bytes, Depends(picture_body)]
PictureFile = Annotated[bytes, Depends(picture_file)]
SeenVersion = Annotated[int | None, Depends(seen_version)]
ImageId = Annotated[
    str, Path(alias="id", description="An image's id, 32 hexadecimal digits.", examples=["9f1c2f0a4b7d4e0e8a53c1de6a2b7c11"])
]
CategoryFilter = Annotated[
    str | None, Query(max_length=40, pattern="^[a-z0-9_-]+$", description="Only in this category: its id, or `uncategorised`.")
]

_BINARY = {"schema": {"type": "string", "format": "binary", "maxLength": MAX_PICTURE}}
PICTURE_IN_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY, "image/*": _BINARY}}}
