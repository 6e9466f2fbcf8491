"""What kind of file this is, by its content and never by its name or declared type."""

import re
import zlib

from sightsync.errors import PictureRejected

# Kinds that are taken, and the type under which an original is handed out again.
CONTENT_TYPES: dict[str, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "avif": "image/avif",
    "heic": "image/heic",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
}

# TIFF's four headers: two byte orders, classic and BigTIFF.
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Cameras' raw files are TIFFs inside; Pillow would show their postage stamp as if it were the picture.
_RAW = (b"II*\0\x10\0\0\0CR", b"IIRO", b"IIRS", b"IIU\0", b"FUJIFILMCCD-RAW")
# Pictures that people have but that are not taken, by their first bytes.
_OTHER_PICTURES = (
    *_RAW,
    b"8BPS",  # Photoshop
    b"\0\0\0\x0cjP  ",  # JPEG 2000
    b"\xff\x4f\xff\x51",  # JPEG 2000, bare codestream
    b"\xff\x0a",  # JPEG XL, bare codestream
    b"\0\0\0\x0cJXL ",
    b"II\xbc",  # JPEG XR
    b"DDS ",
    b"qoif",
    b"FLIF",
    b"\x76\x2f\x31\x01",  # OpenEXR
    b"#?RADIANCE",
    b"gimp xcf",
    b"icns",
    b"AT&TFORM",  # DjVu
    b"%!PS-Adobe",
    b"\xc5\xd0\xd3\xc6",  # EPS with a preview
    b"\xd7\xcd\xc6\x9a",  # Windows metafile
    b"\x01\xda",  # SGI
    b"/* XPM */",
)
_ICON = re.compile(rb"\x00\x00[\x01\x02]\x00[\x01-\xff]\x00")  # ICO and CUR with at least one picture
_NETPBM = re.compile(rb"P[1-7fF][\s#]")
_PCX = re.compile(rb"\x0a[\x00\x02-\x05]\x01[\x01\x02\x04\x08]")
_TGA_FOOTER = b"TRUEVISION-XFILE.\0"
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # lengths of the DIB headers there are
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}
_SVG = re.compile(r"<(?:[A-Za-z_][\w.-]{0,64}:)?svg[\s>/]")


def kind_of(data: bytes) -> str:
    """A key of CONTENT_TYPES. Raises PictureRejected: svg_refused, unsupported_format or not_an_image."""
    kind = _taken(data)
    if kind is not None:
        return kind
    if _is_svg(data):
        raise PictureRejected("svg_refused")
    raise PictureRejected("unsupported_format" if _is_other_picture(data) else "not_an_image")


def _taken(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(_TIFF) and not data.startswith(_RAW):
        return "tiff"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    return _isobmff(_brands(data))


def _brands(data: bytes) -> list[bytes]:
    """Major and compatible brands of an ISO media file (HEIF, AVIF, but also MP4), else none."""
    if data[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    return [data[8:12], *(data[i : i + 4] for i in range(16, end - 3, 4))]


def _isobmff(brands: list[bytes]) -> str | None:
    if b"avif" in brands or b"avis" in brands:
        return "avif"
    if _HEIC_BRANDS.intersection(brands):
        return "heic"
    return None


def _is_other_picture(data: bytes) -> bool:
    first = data[:32]
    if first.startswith(_OTHER_PICTURES) or data.endswith(_TGA_FOOTER):
        return True
    if any(pattern.match(first) for pattern in (_ICON, _NETPBM, _PCX)):
        return True
    # mif1 alone: HEIF around a codec that is not taken; crx: Canon's raw; jxl: JPEG XL.
    return bool({b"mif1", b"msf1", b"crx ", b"jxl ", b"jp2 "}.intersection(_brands(data)))


def _is_svg(data: bytes) -> bool:
    return bool(_SVG.match(_text(data), _root_element(_text(data))))


def _text(data: bytes) -> str:
    """The first characters as text, unpacked if they are gzipped; other people's bytes come out as nonsense."""
    head = data[: 1 << 16]
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(31).decompress(head, 1 << 16)
        except zlib.error:
            return ""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")


def _root_element(text: str) -> int:
    """Where the first element of an XML text begins: behind white space, declarations, comments and a document type."""
    at = 0
    for _ in range(1000):
        while at < len(text) and text[at].isspace():
            at += 1
        end = _aside_end(text, at)
        if end <= at:
            break
        at = end
    return at


def _aside_end(text: str, at: int) -> int:
    """End of the comment, declaration or document type that begins here; `at` when none does, or it has no end."""
    for opening, closing in (("<!--", "-->"), ("<?", "?>")):
        if text.startswith(opening, at):
            close = text.find(closing, at)
            return close + len(closing) if close >= 0 else at
    if text[at : at + 9].upper() == "<!DOCTYPE":
        close = text.find(">", at)
        subset = text.find("[", at)
        if 0 <= subset < close:
            close = text.find(">", max(text.find("]", subset), subset))
        return close + 1 if close >= 0 else at
    return at
