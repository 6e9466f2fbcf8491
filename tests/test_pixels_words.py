"""Words that came inside a file: read where they say something, cleaned, and never a reason to fail."""

import pytest
from PIL import Image

from sightsync.pixels import open_picture
from tests import pictures

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>
<rdf:li xml:lang="de">Ein roter Drachen</rdf:li><rdf:li xml:lang="x-default">{words}</rdf:li>
</rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"""


def words(data: bytes) -> str | None:
    return open_picture(data).embedded_description


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_exif_descriptions_are_read_from_every_kind(kind: str) -> None:
    assert words(pictures.with_exif(description="A red kite over a blue lake", kind=kind)) == "A red kite over a blue lake"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "HEIF", "TIFF"])
def test_xmp_descriptions_are_read_in_their_default_language(kind: str) -> None:
    extra = {"tiffinfo": {700: XMP.format(words="A red kite").encode()}} if kind == "TIFF" else {}
    file = pictures.encoded(pictures.plain(), kind, **(extra or {"xmp": XMP.format(words="A red kite").encode()}))
    assert words(file) == "A red kite"


def test_windows_comments_are_read() -> None:
    exif = Image.Exif()
    exif[0x9C9C] = "Ein Käfer\0".encode("utf-16-le")
    assert words(pictures.jpeg(exif=exif.tobytes())) == "Ein Käfer"


def iptc(caption: bytes, charset: bytes = b"") -> bytes:
    """A JPEG with a Photoshop block that holds an IPTC caption."""
    fields = (b"\x1c\x01\x5a" + len(charset).to_bytes(2, "big") + charset if charset else b"") + b"\x1c\x02\x78"
    record = fields + len(caption).to_bytes(2, "big") + caption
    block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(record).to_bytes(4, "big") + record + b"\0" * (len(record) % 2)
    good = pictures.jpeg()
    return good[:2] + b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block + good[2:]


def test_iptc_captions_are_read_in_their_alphabet() -> None:
    assert words(iptc("Ein Käfer".encode(), b"\x1b%G")) == "Ein Käfer"
    assert words(iptc("Ein Käfer".encode("latin-1"))) == "Ein Käfer"


def test_exif_in_another_alphabet_than_promised_is_understood() -> None:
    assert words(pictures.with_exif(description="Ein Käfer, 赤い凧")) == "Ein Käfer, 赤い凧"


@pytest.mark.parametrize("noise", ["", "   ", "SONY DSC", "OLYMPUS DIGITAL CAMERA", "DSC_0042", "Created with GIMP"])
def test_what_cameras_write_by_themselves_is_not_a_description(noise: str) -> None:
    assert words(pictures.with_exif(description=noise)) is None
    xmp = XMP.format(words="A red kite").encode()
    assert words(pictures.with_exif(description=noise, xmp=xmp)) == "A red kite"


def test_control_characters_and_line_ends_are_folded_away() -> None:
    assert words(pictures.with_exif(description="A\tred\r\n\x07kite\x1b[31m\u2028over  there")) == "A red kite [31m over there"


def test_words_beyond_the_limit_are_cut_between_words() -> None:
    found = words(pictures.with_exif(description="kite " * 400))
    assert found is not None
    assert len(found) <= 1000
    assert found.endswith("kite")


@pytest.mark.parametrize(
    "xmp",
    [
        b"not xml",
        b"<a>" * 100_000,
        b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        XMP.format(words="\ud800".encode("utf-8", "surrogatepass").decode("latin-1")).encode("latin-1"),
    ],
)
def test_damaged_metadata_never_harms_the_picture(xmp: bytes) -> None:
    pixels = open_picture(pictures.encoded(pictures.plain(), "WEBP", xmp=xmp))
    assert pixels.embedded_description is None or "\ud800" not in pixels.embedded_description
    assert open_picture(pictures.encoded(pictures.plain(), "WEBP", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")).width == 64
