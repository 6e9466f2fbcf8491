"""Lets an answer arrive that was given before the whole request was read.

A server that closes a connection while the other side still sends makes its kernel reset it, and the answer already sent is
lost with it. So the last word of such an answer waits until the rest of the request has been read and thrown away.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE_S = 5.0
PATIENCE_BYTES = 256 * 1024 * 1024  # a local disk sends so much in less than a second; who sends more is cut off


class Lingering:
    """ASGI around an app. What is read after the answer costs neither memory nor disk."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        whole = False

        async def reading() -> Message:
            nonlocal whole
            message = await receive()
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def answering(message: Message) -> None:
            if whole or message["type"] != "http.response.body" or message.get("more_body", False) or not _has_body(scope):
                await send(message)
                return
            await send({**message, "more_body": True})
            await _throw_away(receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(scope, reading, answering)


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


async def _throw_away(receive: Receive) -> None:
    left = PATIENCE_BYTES
    try:
        async with asyncio.timeout(PATIENCE_S):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
