"""The page's scripts and styles as they travel: the same lines and names, without comments, indentation and spare blanks.

See docs/decisions/served-without-comments.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_WHOLE = {"string", "regex"}  # kept as they are written, though the grammar sees parts in them
_WORD_ENDS, _WORD_BEGINS = re.compile(rb"[\w$\x80-\xff]\Z"), re.compile(rb"[\w$#\\\x80-\xff]")
_ONE_TOKEN = {b"++", b"--", b"//", *(b"%d." % digit for digit in range(10))}  # what an end and a beginning would make

# A string as a whole, else a run of blanks and comments.
_CSS_PIECE = re.compile(rb"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?:\s|/\*.*?\*/)+""", re.DOTALL)
_CSS_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_NO_BLANK_AFTER, _NO_BLANK_BEFORE = b"{};,:>", b"{};,>!"


def served(file: Path) -> bytes:
    """What browsers get of a file of the page."""
    body = file.read_bytes()
    match file.suffix:
        case ".js":
            return script(body)
        case ".css":
            return style(body)
        case _:
            return body


def script(source: bytes) -> bytes:
    """Every token on the line where it was written; the source itself where the grammar cannot read it."""
    from tree_sitter import Parser

    root = Parser(_javascript()).parse(source).root_node
    return source if root.has_error else b"".join(_tokens(root, source))


def style(source: bytes) -> bytes:
    """Every rule on the line where it was written. A blank goes only beside what needs none: `.a :is(b)` is not `.a:is(b)`."""

    def shorter(piece: re.Match[bytes]) -> bytes:
        if piece[1]:
            return piece[1]
        lines = b"\n" * piece[0].count(b"\n")
        if not _CSS_COMMENT.sub(b"", piece[0]):
            return b"/*" + lines + b"*/"  # no blank stood there, and none may: .a/**/.b
        if lines:
            return lines
        before, after = source[: piece.start()][-1:], source[piece.end() :][:1]
        return b"" if before in _NO_BLANK_AFTER or after in _NO_BLANK_BEFORE else b" "

    return _CSS_PIECE.sub(shorter, source)


def _tokens(root: Node, source: bytes) -> Iterator[bytes]:
    """Tokens and what must stand between them."""
    end, last = 0, b""
    for leaf in _leaves(root):
        text = source[leaf.start_byte : leaf.end_byte]
        if leaf.type == "comment" or not text:
            continue
        between = source[end : leaf.start_byte]
        yield b"\n" * between.count(b"\n") or (b" " if between and _need_a_blank(last, text) else b"")
        yield text
        end, last = leaf.end_byte, text


def _need_a_blank(last: bytes, text: bytes) -> bool:
    return bool(_WORD_ENDS.search(last) and _WORD_BEGINS.match(text)) or last[-1:] + text[:1] in _ONE_TOKEN


def _leaves(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.child_count and node.type not in _WHOLE:
            waiting.extend(reversed(node.children))
        else:
            yield node


@cache
def _javascript() -> Language:
    import tree_sitter_javascript
    from tree_sitter import Language

    return Language(tree_sitter_javascript.language())
