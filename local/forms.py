"""An upload form (multipart/form-data) read as it comes in: first its fields, then the bytes of `file`, never all at once."""

from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sightsync.errors import BadRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELDS = 20 * 1024  # bytes of names and values before the file, as S3 allows
MAX_AROUND = 64 * 1024  # bytes that a form may have besides its file: fields, part headers, boundaries
FILE = "file"


class FormReader:
    """Feed it the request's chunks. `fields` is complete once `in_file` is true; what comes after the file is ignored."""

    def __init__(self, content_type: str) -> None:
        """BadRequest("bad_form") when the request carries no form."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise _bad("Send the picture as multipart/form-data.")
        self.fields: dict[str, str] = {}
        self.in_file = False
        self.whole = False
        self._file = bytearray()
        self._header_name, self._header_value = bytearray(), bytearray()
        self._disposition = b""
        self._name = ""
        self._value = bytearray()
        self._taken = 0
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError as exc:
            raise _bad("The form's boundary cannot be used.") from exc

    def feed(self, chunk: bytes) -> bytes:
        """The bytes of the file in this chunk."""
        try:
            self._parser.write(chunk)
        except FormParserError as exc:
            raise _bad("The form cannot be read.") from exc
        taken = bytes(self._file)
        self._file.clear()
        return taken

    def close(self) -> None:
        """BadRequest("bad_form") when the request ended before the file did."""
        if not self.whole:
            raise _bad("The form ended before its file did." if self.in_file else "The form has no field `file`.")

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._part_data,
            "on_part_end": self._end_part,
        }

    def _begin_part(self) -> None:
        self._disposition = b""
        self._value.clear()

    def _end_header(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        name = parse_options_header(self._disposition)[1].get(b"name")
        if name is None:
            raise _bad("A field of the form has no name.")
        self._name = _text(name)
        self.in_file = self.in_file or self._name == FILE

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self.in_file:
            if not self.whole:
                self._file += data[start:end]
            return
        self._taken += end - start
        if self._taken + len(self._name) > MAX_FIELDS:
            raise _bad("The form's fields are too long.")
        self._value += data[start:end]

    def _end_part(self) -> None:
        if self.in_file:
            self.whole = True
            return
        self._taken += len(self._name)
        if any(self._name.lower() == known.lower() for known in self.fields) or self._taken > MAX_FIELDS:
            raise _bad("A field of the form comes twice, or there are too many.")
        self.fields[self._name] = _text(bytes(self._value))


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise _bad("The form is not in UTF-8.") from exc


def _bad(message: str) -> BadRequest:
    return BadRequest(message, code="bad_form")
