"""The store's addresses on this machine: derivatives out and, for a folder, presigned POSTs in and private downloads out.

In the cloud CloudFront and S3 have them. With pictures in a bucket and this server before it, S3 has its own two still.
"""

from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from local.delivery import FOR_EVER, deliver
from local.forms import MAX_AROUND, FormReader
from sightsync.adapters.files import FileStore, Upload
from sightsync.downloads import attachment
from sightsync.errors import BadRequest, NotFound, TooLarge
from sightsync.images import MAX_BYTES
from sightsync.ports import ObjectHead
from sightsync.web import Parts

MAX_DERIVATIVE = 64 * 1024 * 1024  # bytes; far above any that we make
WRITE_AT_ONCE = 1024 * 1024  # bytes gathered before a thread is asked to write them
DOWNLOAD = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
}

router = APIRouter(include_in_schema=False)


def folder_store(parts: Parts) -> FileStore:
    if not isinstance(parts.store, FileStore):
        raise NotFound("The pictures of this gallery are not kept by this server.")
    return parts.store


Store = Annotated[FileStore, Depends(folder_store)]


@router.post("/store")
async def accept(request: Request, store: Store) -> Response:
    """S3's answer to a presigned POST: 204 with the object's ETag."""
    declared = _declared(request)
    if declared > MAX_BYTES + MAX_AROUND:
        raise TooLarge("This file is larger than 25 MB. Export a smaller copy and add that.")
    form = FormReader(request.headers.get("content-type", ""))
    try:
        with ExitStack() as open_upload:
            head = await _take(request, form, store, declared, open_upload)
    except ClientDisconnect as exc:  # nobody is there to hear it, but the log tells it from a failure of ours
        raise BadRequest("The upload was broken off.", code="broken_off") from exc
    return Response(status_code=204, headers={"etag": f'"{head.etag}"', "cache-control": "no-store"})


async def _take(request: Request, form: FormReader, store: FileStore, declared: int, open_upload: ExitStack) -> ObjectHead:
    upload: Upload | None = None
    waiting = bytearray()
    async for chunk in request.stream():
        waiting += form.feed(chunk)
        if form.in_file and upload is None:
            upload = await run_in_threadpool(store.begin_post, form.fields, declared - MAX_AROUND)
            await run_in_threadpool(open_upload.enter_context, upload)
        if upload and len(waiting) >= WRITE_AT_ONCE:
            await run_in_threadpool(upload.write, bytes(waiting))
            waiting.clear()
    form.close()
    assert upload is not None, "a whole form has had its file"
    await run_in_threadpool(upload.write, bytes(waiting))
    return await run_in_threadpool(upload.finish)


@router.api_route("/media/{rest:path}", methods=["GET", "HEAD"])
def derivative(rest: str, request: Request, parts: Parts) -> Response:
    try:
        stored = parts.store.read(f"media/{rest}", MAX_DERIVATIVE)
    except BadRequest as exc:
        raise NotFound("There is no such picture.") from exc
    if stored is None:
        raise NotFound("There is no such picture.")
    return deliver(request, stored, stored.head.content_type, {"cache-control": FOR_EVER})


@router.api_route("/store/private", methods=["GET", "HEAD"])
def original(request: Request, store: Store, key: str = "", filename: str = "", expires: str = "", signature: str = "") -> Response:
    """An original under its own name, for whoever holds a link that private_url() made. Never shown, only saved."""
    store.verify_private(key, filename, expires, signature)
    stored = store.read(key, MAX_BYTES)
    if stored is None:
        raise NotFound("The original of this picture is gone.")
    return deliver(request, stored, "application/octet-stream", {**DOWNLOAD, "content-disposition": attachment(filename)})


def _declared(request: Request) -> int:
    """Bytes that the request says it has, 0 when it does not say."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else 0
