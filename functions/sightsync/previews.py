"""The page behind a shared link: tags from which chats and networks make a preview, and a way on for people."""

from html import escape

from sightsync.errors import ImageNotFound
from sightsync.gallery import look_at
from sightsync.images import Image
from sightsync.pixels import display_size
from sightsync.ports import Catalog, ImageStore

TITLE_LENGTH = 70  # what previews show of a title


def shared_page(image_id: str, base: str, catalog: Catalog, store: ImageStore) -> tuple[int, str]:
    """Status and document for everybody alike: what is not public is not found, also by its owner."""
    try:
        image = look_at(image_id, None, catalog)
    except ImageNotFound:
        return 404, missing_page(base)
    return 200, preview_page(image, base, store)


def preview_page(image: Image, base: str, store: ImageStore) -> str:
    """Whole HTML document; `base` is the site's address without a slash at its end."""
    title, words = _title(image), alternative(image)
    target = escape(f"{base}/?image={image.id}")
    tags = {"og:type": "article", "og:site_name": "SightSync", "og:title": title, "og:url": f"{base}/p/{image.id}"}
    if image.description:
        tags["og:description"] = image.description
    picture = image.derivatives.get("display")
    if picture:
        tags |= {"og:image": _absolute(store.public_url(picture), base), "og:image:type": "image/jpeg", "og:image:alt": words}
        tags |= _size(image)
    head = [
        *(f'<meta property="{name}" content="{escape(text)}">' for name, text in tags.items()),
        f'<meta name="twitter:card" content="{"summary_large_image" if picture else "summary"}">',
        f'<meta name="twitter:title" content="{escape(title)}">',
        f'<meta name="description" content="{escape(words)}">',
        f'<link rel="canonical" href="{target}">',
        f'<meta http-equiv="refresh" content="0; url={target}">',
    ]
    return _document(title, head, f'<p dir="auto"><a href="{target}">{escape(title)}</a></p>')


def missing_page(base: str) -> str:
    return _document(
        "Not found",
        ['<meta name="robots" content="noindex">'],
        f'<p>This picture is not here, or not for everybody. <a href="{escape(base)}/">Go to the gallery</a></p>',
    )


def alternative(image: Image) -> str:
    """What the picture shows, in words: the owner's, else the model's, if it says more than how the picture looks."""
    if image.description:
        return image.description
    return image.caption.text if image.caption and image.caption.kind == "caption" else "No description yet"


def _size(image: Image) -> dict[str, str]:
    """With it, networks show the picture at the first time that a link is posted, before they have fetched it."""
    if not image.width or not image.height:
        return {}
    width, height = display_size((image.width, image.height))
    return {"og:image:width": str(width), "og:image:height": str(height)}


def _title(image: Image) -> str:
    text = image.title or next(iter(image.description.splitlines()), "")
    if not text:
        return "A picture"
    return text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 1].rstrip() + "…"


def _absolute(url: str, base: str) -> str:
    return base + url if url.startswith("/") else url


def _document(title: str, head: list[str], body: str) -> str:
    top = ["<!doctype html>", '<html lang="en">', '<meta charset="utf-8">', f"<title>{escape(title)} · SightSync</title>"]
    return "\n".join([*top, *head, body, ""])
