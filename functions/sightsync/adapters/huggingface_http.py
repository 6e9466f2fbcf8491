"""The wire to one model endpoint: timeouts, retries, waits, and what each refusal means for whoever set it up.

Retried are connections that fail or break off and RETRIED; everything else ends at once. No wait passes the caller's deadline.
"""

from __future__ import annotations

import email.utils
import json
import logging
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sightsync import VERSION
from sightsync.errors import Misconfigured, VisionUnavailable

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

logger = logging.getLogger(__name__)

CONNECT_S, READ_S = 3.0, 60.0
PATIENCE_S = 60.0  # of callers that name no deadline
TRIES = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 20.0  # upper bounds of the first and the longest wait that we choose ourselves
MAX_ANSWER = 16 * 1024 * 1024  # bytes; 300 texts at 1024 dimensions have 7 MB
CHUNK = 64 * 1024
MAX_QUOTED = 200  # characters of the endpoint's own words

RETRIED = frozenset({408, 429, 500, 502, 503, 504})

Kind = Literal["asleep", "busy", "unreachable", "slow", "refused", "unusable", "budget"]
Lost = Literal["unreachable", "slow", "too_long"]

_UNTIL = re.compile(r"(?:^|[;,\s])(?:t|reset)\s*=\s*(\d+(?:\.\d+)?)")
_REMAINING = re.compile(r"(?:^|[;,\s])(?:r|remaining)\s*=\s*(\d+)")

# What to do about answers that no second try would change.
REMEDIES: Mapping[int, str] = {
    400: "Look at its logs, and whether it runs this version's inference/ folder.",
    401: "Set SIGHTSYNC_VISION_TOKEN to a Hugging Face token that may call this endpoint.",
    402: "Its account has run out of credit: look at the billing page there.",
    403: "The token of SIGHTSYNC_VISION_TOKEN lacks the permission to call inference endpoints.",
    404: "No endpoint lives at SIGHTSYNC_VISION: it was deleted or paused, or the address is wrong.",
    410: "This address is gone for good: set SIGHTSYNC_VISION to a dedicated endpoint's.",
    413: "The request is larger than this endpoint takes.",
    422: "It runs another handler than this version's inference/ folder.",
}
REDIRECT = "It points elsewhere: set SIGHTSYNC_VISION to the address that it points to."


class Trouble(VisionUnavailable):
    """Why an endpoint gave no usable answer. Carries neither token nor anybody's words."""

    def __init__(self, kind: Kind, message: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        code = {"asleep": "vision_asleep", "budget": "vision_budget"}.get(kind, "vision_unavailable")
        super().__init__(message, code=code, details={"status": status} if status else None, retry_after_s=retry_after_s)
        self.kind = kind


@dataclass(frozen=True)
class _Answer:
    """`lost` says why there is none; then the rest is empty."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    lost: Lost | None = None


@dataclass
class Wire:
    """POSTs JSON to one address over one pooled session. Threads may share it.

    token: or whoever knows it, asked once, before the first call.
    """

    url: str
    token: str | Callable[[], str] | None = field(default=None, repr=False)
    timeouts: tuple[float, float] = (CONNECT_S, READ_S)  # seconds to connect, and between two pieces of an answer
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[float, float], float] = random.uniform
    _session: Session | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def post(
        self, document: Mapping[str, Any], deadline: float | None, before: Callable[[], None], patient: bool = True
    ) -> Mapping[str, Any]:
        """The object that was answered. Trouble otherwise; `patient` False does not wait on for a 503 that names no time.

        `before` is called ahead of every try, and may refuse it by raising.
        """
        token = self._known_token()
        payload = json.dumps(document, separators=(",", ":")).encode()
        deadline = self.monotonic() + PATIENCE_S if deadline is None else deadline
        answer, hint = _Answer(lost="slow"), None
        for turn in range(TRIES):
            if (left := deadline - self.monotonic()) <= 0:
                break
            before()
            answer = self._try(payload, left)
            if answer.status and answer.status not in RETRIED:
                return _object(answer, token)
            if answer.lost == "too_long":
                break
            hint = self._hint(answer)
            wait = self.jitter(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**turn)) if hint is None else hint
            hopeless = hint is None and answer.status == 503 and not patient
            if hopeless or turn + 1 == TRIES or wait >= deadline - self.monotonic():
                break
            self.sleep(wait)
        raise _gave_up(answer, hint, own=self.url.startswith("http:"))

    def is_well(self, path: str, seconds: float) -> bool | None:
        """Whether a GET is answered with 200; None when nobody listens there."""
        import requests

        try:
            with self._open().get(self.url + path, timeout=seconds, stream=True, allow_redirects=False) as response:
                response.raw.read(CHUNK)  # a connection that was read to its end can be used again
                return response.status_code == 200
        except requests.Timeout:
            return False  # somebody listens, and is busy
        except OSError:  # requests' own errors are OSErrors
            return None

    # --- one try

    def _try(self, payload: bytes, left: float) -> _Answer:
        """In a thread of its own: neither a name that is never looked up nor a body that drips can hold up the caller."""
        found: list[_Answer] = []
        thread = threading.Thread(target=lambda: found.append(self._send(payload, left)), name="vision", daemon=True)
        thread.start()
        thread.join(left)
        return found[0] if found else _Answer(lost="slow")

    def _send(self, payload: bytes, left: float) -> _Answer:
        import requests
        from urllib3.exceptions import HTTPError

        ends_at = time.monotonic() + left
        connect_s, read_s = (min(seconds, left) for seconds in self.timeouts)
        try:
            request = self._open().post(self.url, data=payload, timeout=(connect_s, read_s), stream=True, allow_redirects=False)
            with request as response:
                return _read(response, ends_at)
        except requests.Timeout:
            return _Answer(lost="slow")
        except (OSError, HTTPError):  # no chaining: these carry the request, and so the token
            return _Answer(lost="unreachable")

    def _open(self) -> Session:
        import requests
        from requests.adapters import HTTPAdapter

        with self._lock:
            if self._session is None:
                session = requests.Session()
                session.auth = self._sign  # also without a token: otherwise a .netrc would be read
                session.trust_env = self.url.startswith("https:")  # a proxy has no way to this machine's own addresses
                session.headers.update(
                    {
                        "User-Agent": f"SightSync/{VERSION}",
                        "Accept": "application/json",
                        "Accept-Encoding": "identity",  # so that MAX_ANSWER bounds what is unpacked as well
                        "Content-Type": "application/json",
                    }
                )
                session.mount(self.url, HTTPAdapter(pool_connections=1, pool_maxsize=4))
                self._session = session
            return self._session

    def _known_token(self) -> str | None:
        """Misconfigured when it is none."""
        with self._lock:
            if callable(self.token):
                self.token = self.token()
            check_token(self.token)
            return self.token

    def _sign(self, request: PreparedRequest) -> PreparedRequest:
        if isinstance(self.token, str) and self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    # --- how long to wait

    def _hint(self, answer: _Answer) -> float | None:
        """Seconds that the answer asks us to wait: Retry-After, else `RateLimit` t, else `estimated_time` of the body."""
        after = _seconds(answer.headers.get("Retry-After", ""), self.wall())
        if after is None and (answer.status == 429 or _used_up(answer.headers.get("RateLimit", ""))):
            found = _UNTIL.search(answer.headers.get("RateLimit", ""))
            after = float(found[1]) if found else None
        return _estimate(answer.body) if after is None else after


def _read(response: Response, ends_at: float) -> _Answer:
    """Piece by piece as it comes, so that neither length nor time gets out of hand."""
    body = bytearray()
    while piece := response.raw.read1(CHUNK, decode_content=False):
        body += piece
        if len(body) > MAX_ANSWER:
            return _Answer(lost="too_long")
        if time.monotonic() > ends_at:
            return _Answer(lost="slow")
    return _Answer(response.status_code, response.headers, bytes(body))


def _seconds(retry_after: str, now: float) -> float | None:
    """A number of seconds, or a date as in HTTP."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - now)
    except (ValueError, TypeError):
        return None


def _used_up(rate_limit: str) -> bool:
    """A header that says that something remains sets no wait: its t is when the count begins anew."""
    remaining = _REMAINING.search(rate_limit)
    return remaining is None or int(remaining[1]) == 0


def _estimate(body: bytes) -> float | None:
    found = _parsed(body)
    seconds = found.get("estimated_time") if isinstance(found, dict) else None
    return float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < float("inf") else None


# --- what an answer means


def _parsed(body: bytes) -> Any:
    """None for what is no JSON. NaN and Infinity, which are none, come through: they spoil one vector and not its neighbours."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _object(answer: _Answer, token: str | None) -> Mapping[str, Any]:
    if answer.status != 200:
        raise _refused(answer, token)
    found = _parsed(answer.body)
    if not isinstance(found, dict):
        raise Trouble("unusable", "The model endpoint answered with something that is not JSON: is SIGHTSYNC_VISION its address?")
    return found


def _refused(answer: _Answer, token: str | None) -> Trouble:
    status = answer.status
    remedy = REDIRECT if 300 <= status < 400 else REMEDIES.get(status, "Look at its logs.")
    logger.warning("vision_refused", extra={"status": status})
    said = _said(answer.body, token)
    return Trouble("refused", f"The model endpoint answered {status}{f' ({said})' if said else ''}. {remedy}", status=status)


def _said(body: bytes, token: str | None) -> str:
    """The endpoint's own words, as the toolkit that hosts handlers sends them: {"error": "code: message"}."""
    found = _parsed(body)
    said = found.get("error") if isinstance(found, dict) else None
    if not isinstance(said, str):
        return ""
    without = said.replace(token, "…") if token else said
    return "".join(c if c.isprintable() else " " for c in without).strip()[:MAX_QUOTED].rstrip(".")


def check_token(token: str | None) -> None:
    """Misconfigured for what no header can carry; it is never quoted."""
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise Misconfigured("SIGHTSYNC_VISION_TOKEN: this is no token: it holds spaces or other signs that tokens never have.")


def _gave_up(answer: _Answer, hint: float | None, own: bool) -> Trouble:
    logger.warning("vision_gave_no_answer", extra={"status": answer.status, "lost": answer.lost})
    if answer.status == 503:
        return Trouble("asleep", "The model is asleep.", status=503, retry_after_s=hint)
    if answer.status == 429:
        return Trouble("busy", "The model endpoint has too much to do just now.", status=429, retry_after_s=hint)
    if answer.status:
        return Trouble(
            "busy",
            f"The model endpoint keeps answering {answer.status}: look at its logs.",
            status=answer.status,
            retry_after_s=hint,
        )
    if answer.lost == "slow":
        return Trouble("slow", "The model endpoint did not answer in time.")
    if answer.lost == "too_long":
        return Trouble("unusable", "The model endpoint answered with far more than was asked for.")
    remedy = "start the model server with ./sightsync models." if own else "is SIGHTSYNC_VISION right, and is it there?"
    return Trouble("unreachable", f"The model endpoint can't be reached: {remedy}")
