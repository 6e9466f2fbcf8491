"""What stands before the whole local server: whose requests are answered, and what every answer says to the browser.

Without sign-in whoever reaches the server is its one user. So a foreign page must neither reach it under a name of its own
(DNS rebinding: the Host header) nor have the visitor's browser write to it (request forgery: Origin, Sec-Fetch-Site).
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sightsync.web import problem

READS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:",
    "connect-src": "'self'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


class Guard:
    """ASGI around an app. `names`: the host names it answers to, None for any. `elsewhere`: other addresses that the page speaks
    to, for signing in and for sending files."""

    def __init__(self, app: ASGIApp, names: frozenset[str] | None, elsewhere: Sequence[str] = ()) -> None:
        self.app = app
        self._names = names
        policy = {**POLICY, "connect-src": " ".join(["'self'", *map(_origin, elsewhere)])}
        self._headers = {
            "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        if refusal is None:
            await self.app(scope, receive, guarded)
        else:
            await problem(403, *refusal)(scope, receive, guarded)

    def _refusal(self, method: str, headers: Headers) -> tuple[str, str] | None:
        """(code, sentence) for what is not answered."""
        host = headers.get("host", "").lower()
        if self._names is not None and _name(host) not in self._names:
            return "host_refused", "This server only answers to its own names, localhost and 127.0.0.1."
        if method not in READS and not _same_site(host, headers):
            return "origin_refused", "Another site may not write to this gallery."
        return None


def _same_site(host: str, headers: Headers) -> bool:
    """Whether a write comes from a page of ours, or from no browser at all (then both headers are absent)."""
    fetched_by = headers.get("sec-fetch-site")
    if fetched_by is not None and fetched_by not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin.lower()).netloc == host


def _name(host: str) -> str:
    """Without the port, which may be another one behind a tunnel."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
