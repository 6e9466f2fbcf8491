"""Runs inside the container for bench/overhead.py: calls a handler again and again and prints the median of the seconds it took.

Arguments: the handler's module, and how many images a page of the gallery has; 0 for the hello, which is asked for `/`.
"""

import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

TURNS, WARM = 400, 100
SIZES = ("thumb", "row", "display")
STEPS = ("received", "validated", "derived", "captioned", "embedded", "matched", "catalogued")


class Context:
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    function_name = "bench"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


def event(path: str, query: str) -> dict[str, Any]:
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "bench"}
    return {
        "version": "2.0",
        "routeKey": f"GET {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "example.org", "accept": "application/json", "x-forwarded-proto": "https", "x-forwarded-port": "443"},
        "requestContext": {"requestId": "JKJaXmPLvHcESHA=", "stage": "$default", "http": http},
        "isBase64Encoded": False,
    }


def fill(images: int) -> None:
    """A gallery of pictures with everything on them."""
    from sightsync.images import Caption, Evidence, Image, Match, Swatch
    from sightsync.services import services

    found = Evidence(text="Red", verdict="agrees", says="red: 31 % of this picture")
    for n in range(images):
        image_id, born = f"{n:032x}", datetime.now(UTC) - timedelta(minutes=n)
        image = Image(
            id=image_id,
            owner="ada",
            key=f"uploads/ada/{image_id}",
            filename="harbour.jpg",
            title="Harbour",
            description="Red boats in the harbour at dusk, and the light of the lighthouse",
            category="illustrations",
            tags=("boats", "evening"),
            content_type="image/jpeg",
            bytes=483210,
            width=1600,
            height=1200,
            sha256=f"{n:064x}",
            etag=image_id,
            status="ready",
            analysis="done",
            published=True,
            caption=Caption(text="red and warm, dark", model="palette@1", kind="looks"),
            match=Match(verdict="agrees", score=88.1, z=2.2, space="palette@1", evidence=(found,)),
            palette=tuple(Swatch(hex="#b4382f", name="red", share=0.2) for _ in range(5)),
            placeholder="HBkSHYSIeHiPiHh8eJd4eTN0EEQG",
            derivatives={size: f"media/{image_id}/0b4e7a5d2f66c1a9/{size}.jpg" for size in SIZES},
            created_at=born,
            updated_at=born,
        )
        for step in STEPS:
            image = image.with_step(step, "ok", 3)
        services().catalog.put(image, 0)


def main(module: str, items: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SIGHTSYNC_DATA"] = folder
        handler = importlib.import_module(module).handler
        if items:
            fill(2 * items)
        asked = event("/api/images", f"limit={items}") if items else event("/", "")
        took = []
        for _ in range(TURNS):
            started = time.perf_counter()
            answer = handler(asked, Context())
            took.append(time.perf_counter() - started)
            assert answer["statusCode"] == 200, answer
        assert not items or len(json.loads(answer["body"])["images"]) == items
    return statistics.median(took[WARM:])


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2])))
