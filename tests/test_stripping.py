"""Scripts and styles as they are served: what a browser makes of them is what it would make of the files themselves."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from local.pages import Pages
from local.stripping import script, served, style

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "frontend").rglob("*.js"))


def as_parsed(files: list[Path]) -> list[dict[str, Any]]:
    """The syntax trees, with the line of each node and no column. A file that is no module ends the test."""
    if not (ROOT / "node_modules" / "acorn").is_dir() or not (node := shutil.which("node")):
        pytest.skip("acorn is not here: npm ci")
    command = [node, ROOT / "tests" / "as_acorn_sees.mjs", *files]
    trees = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout)
    return [without_ends(trees[str(file)]) for file in files]


def without_ends(tree: dict[str, Any]) -> dict[str, Any]:
    return {**tree, "loc": None}  # the module as a whole ends with its last blank line, which is gone


def test_no_script_does_anything_else_and_every_token_is_on_the_line_where_it_was_written(tmp_path: Path) -> None:
    stripped = [tmp_path / file.name for file in SCRIPTS]
    for file, copy in zip(SCRIPTS, stripped, strict=True):
        copy.write_bytes(served(file))
        assert copy.stat().st_size < 0.9 * file.stat().st_size, f"{file.name} holds what the grammar cannot read"
    for file, written, sent in zip(SCRIPTS, as_parsed(SCRIPTS), as_parsed(stripped), strict=True):
        assert written == sent, file.name


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("html`<b> ${a && html`<i> ${ b } // ${`x  y`} </i>`} </b>`;", "html`<b> ${a&&html`<i> ${b} // ${`x  y`} </i>`} </b>`;"),
        ("`${ f({ a: { b: `}  {` } }) }  c`", "`${f({a:{b:`}  {`}})}  c`"),
        ("s = 'it\\'s  //' + \"/*  */\"; // it is", "s='it\\'s  //'+\"/*  */\";"),
        ("if (a) /[/ ']  x/u.test(b) / 2 / c; /*!*/", "if(a)/[/ ']  x/u.test(b)/2/c;"),
        ("a = b / /  c/.d", "a=b/ /  c/.d"),
        ("a + ++b - -c-- - d", "a+ ++b- -c-- -d"),
        ("1 .toFixed(); x ? .5 : y", "1 .toFixed();x?.5:y"),
        ("return /* 1 */ typeof  x in  y", "return typeof x in y"),
        ("class A { static  #b = 1; c(d) { return #b in d; } }", "class A{static #b=1;c(d){return #b in d;}}"),
        ("const né = ünd  in  été", "const né=ünd in été"),
        ("a\n\n  /* one\n two */ b // c\n  (d)", "a\n\n\nb\n(d)"),
        ("const broken = (  1", "const broken = (  1"),
        ("", ""),
    ],
)
def test_a_script_loses_comments_and_blanks_but_none_that_say_something(written: str, sent: str) -> None:
    assert script(written.encode()) == sent.encode()


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (".a  :is(b,  c) > d {  color: red;  & :hover { x: y } }", ".a :is(b,c)>d{color:red;& :hover{x:y}}"),
        ('a::after { content: "  /* no */ \\"  " }', 'a::after{content:"  /* no */ \\"  "}'),
        ("p { width: calc(1px  +  2px) !important; } /* why */", "p{width:calc(1px + 2px)!important;}"),
        (".a/* one\n */.b .c", ".a/*\n*/.b .c"),
        ("a {\n  /* two\n lines */\n  --b: c  d;\n}\n", "a{\n\n\n--b:c d;\n}\n"),
        ("@media (width < 640px) and (hover) { a { } }", "@media (width < 640px) and (hover){a{}}"),
        ("", ""),
    ],
)
def test_a_style_loses_comments_and_blanks_but_none_that_say_something(written: str, sent: str) -> None:
    assert style(written.encode()) == sent.encode()


def test_an_edit_shows_at_the_next_reload_under_a_tag_of_its_own(tmp_path: Path) -> None:
    client, file = TestClient(Pages(tmp_path)), tmp_path / "main.js"
    file.write_text("go(1); // first\n")
    first = client.get("/main.js")
    file.write_text("go(2); // later\n")
    os.utime(file, ns=(0, 0))  # not even newer: somebody went back to an older commit
    second = client.get("/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.text, second.status_code, second.text) == ("go(1);", 200, "go(2);")
    assert client.get("/main.js", headers={"If-None-Match": second.headers["etag"]}).status_code == 304
