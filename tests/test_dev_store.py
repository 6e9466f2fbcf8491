"""The store's endpoint of the local server: presigned POSTs in, derivatives and private originals out."""

import socket
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests import pictures
from tests.dev_server import DevServer

MB = 1024 * 1024
FORM = "multipart/form-data; boundary=x"


def field(name, value):
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "data"


@pytest.fixture(scope="module")
def server(data):
    with DevServer(data) as server:
        yield server


@pytest.fixture(scope="module")
def ready(server):
    """A picture that has arrived, as its owner sees it."""
    image_id = server.upload(pictures.photo(7), filename='Meer "&" Möwe\u202e.jpg')
    return server.settled([image_id])[image_id]


def ticket(server, size=1000, content_type="image/jpeg"):
    ask = {"filename": "a.jpg", "content_type": content_type, "bytes": size}
    return server.client.post("/api/uploads", json=ask).json()["upload"]


def send(server, upload, body=b"x" * 100, **changes):
    fields = {name: value for name, value in {**upload["fields"], **changes}.items() if value is not None}
    return server.client.post(upload["url"], data=fields, files={"file": ("a.jpg", body, "image/jpeg")})


def assert_problem(answer, status, code):
    assert (answer.status_code, answer.json()["error"]) == (status, code), answer.text


def stored(data):
    return {path.name for path in (data / "store").rglob("*") if path.is_file() and path.name != ".secret"}


def head(content_type, length):
    lines = ("POST /store HTTP/1.1", "Host: localhost", f"Content-Type: {content_type}", f"Content-Length: {length}")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


# --- uploads


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "uploads/" + "0" * 32},
        {"key": "../../escaped"},
        {"Content-Type": "text/html"},
        {"x-amz-signature": "0" * 64},
        {"x-amz-signature": None},
        {"policy": None},
        {"policy": "e30="},
        {"x-amz-date": "20200101T000000Z"},
        {"acl": "public-read"},
    ],
)
def test_a_form_that_is_not_what_was_agreed_is_refused_and_leaves_nothing(server, data, changes):
    before = stored(data)
    assert_problem(send(server, ticket(server), **changes), 403, "policy_refused")
    assert stored(data) == before


def test_a_file_larger_than_agreed_is_refused_and_leaves_nothing(server, data):
    before = stored(data)
    assert_problem(send(server, ticket(server, 1000), b"x" * 200_000), 413, "too_large")
    assert_problem(send(server, ticket(server, 1000), b"x" * 1001), 413, "too_large")
    assert stored(data) == before


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=" + "x" * 500, b""),
        (FORM, b""),
        (FORM, b"nonsense"),
        (FORM, b"--x--\r\n"),
        (FORM, b"--x\r\n\r\nno name\r\n--x--\r\n"),
        (FORM, field("key", b"\xff\xfe") + b"--x--\r\n"),
        (FORM, field("key", b"uploads/a") + b"--x--\r\n"),
        (FORM, field("a", b"x" * 30_000) + b"--x--\r\n"),
        (FORM, field("a", b"1") * 2 + b"--x--\r\n"),
    ],
)
def test_what_is_no_upload_form_is_said(server, content_type, body):
    assert_problem(server.client.post("/store", content=body, headers={"Content-Type": content_type}), 400, "bad_form")


def test_an_upload_that_is_cut_short_leaves_nothing_and_can_be_repeated(server, data):
    before, upload = stored(data), ticket(server, 2 * MB)
    request = server.client.build_request("POST", upload["url"], data=upload["fields"], files={"file": ("a.jpg", b"x" * 2 * MB)})
    body = request.read()
    with socket.create_connection(("127.0.0.1", server.client.base_url.port), 20) as line:
        line.sendall(head(request.headers["content-type"], len(body)) + body[: MB + 5000])
    assert send(server, upload, b"x" * 2 * MB).status_code == 204
    leftovers = {name for name in stored(data) - before if name not in upload["fields"]["key"]}
    assert leftovers <= {name for name in stored(data) if name.endswith(".jpg")}


def test_a_far_too_large_upload_is_refused_before_it_was_sent_and_its_sender_hears_why(server):
    """The sender keeps sending while the answer comes; a plain client reads only after it has sent all it could."""
    with socket.create_connection(("127.0.0.1", server.client.base_url.port), 30) as line:
        line.sendall(head(FORM, 1000 * MB))
        for _ in range(40):
            line.sendall(b"x" * MB)
        answer = line.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"error":"too_large"' in answer


def test_a_large_body_for_the_api_is_refused_and_its_sender_hears_why(server):
    answer = server.client.post("/api/captions", content=b"x" * 30 * MB, headers={"Content-Type": "application/octet-stream"})
    assert_problem(answer, 413, "too_large")


def test_fields_after_the_file_are_ignored_as_s3_does(server):
    upload = ticket(server)
    parts = [(name, (None, value)) for name, value in upload["fields"].items()]
    parts += [("file", ("a.jpg", b"x" * 10)), ("acl", (None, "public-read"))]
    assert server.client.post(upload["url"], files=parts).status_code == 204


# --- derivatives


def test_a_derivative_may_be_kept_for_ever(server, ready):
    answer = server.client.get(ready["derivatives"]["thumb"])
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = server.client.get(ready["derivatives"]["thumb"], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=0-99999999", slice(0, None)),
    ],
)
def test_a_part_of_a_derivative_can_be_asked_for(server, ready, asked, expected):
    whole = server.client.get(ready["derivatives"]["row"])
    part = server.client.get(ready["derivatives"]["row"], headers={"Range": asked})
    assert part.status_code == 206
    assert part.content == whole.content[expected]
    total = len(whole.content)
    start, stop, _ = expected.indices(total)
    assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{total}"


NONSENSE = ["bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "", "bytes=" + "9" * 40 + "-"]


@pytest.mark.parametrize("asked", NONSENSE)
def test_a_range_that_makes_no_sense_gets_the_whole(server, ready, asked):
    answer = server.client.get(ready["derivatives"]["row"], headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, int(answer.headers["content-length"]))


def test_a_range_beyond_the_end_or_of_an_older_file_is_told_so(server, ready):
    beyond = server.client.get(ready["derivatives"]["row"], headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    older = server.client.get(ready["derivatives"]["row"], headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert older.status_code == 200


def test_head_of_a_derivative_has_everything_but_the_body(server, ready):
    got, asked = server.client.get(ready["derivatives"]["thumb"]), server.client.head(ready["derivatives"]["thumb"])
    assert asked.content == b""
    assert {k: asked.headers[k] for k in ("etag", "content-length")} == {k: got.headers[k] for k in ("etag", "content-length")}


# --- originals


def original(server, ready):
    answer = server.client.get(f"/api/images/{ready['id']}/original")
    assert answer.is_redirect, answer.text
    return answer.headers["location"]


def test_an_original_is_saved_under_its_name_and_can_do_nothing_in_the_browser(server, ready):
    answer = server.client.get(original(server, ready))
    assert answer.content == pictures.photo(7)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-disposition"].isascii()
    assert "filename*=UTF-8''Meer%20" in answer.headers["content-disposition"]
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("name", ["key", "filename", "expires", "signature"])
def test_a_link_to_an_original_cannot_be_changed(server, ready, name):
    link = urlsplit(original(server, ready))
    query = {key: values[0] for key, values in parse_qs(link.query).items()}
    assert_problem(server.client.get(f"{link.path}?{urlencode({**query, name: query[name] + '1'})}"), 403, "link_refused")
    del query[name]
    assert_problem(server.client.get(f"{link.path}?{urlencode(query)}"), 403, "link_refused")


@pytest.mark.parametrize("path", ["/uploads/x", "/store/uploads/x", "/media/../uploads/x", "/.secret", "/store/.secret"])
def test_an_original_has_no_other_address(server, ready, path):
    assert server.client.get(path.replace("/x", f"/{ready['id']}")).status_code in (404, 405)
