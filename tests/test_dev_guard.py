"""Who the local server answers to, what it serves besides the API, and what its answers tell the browser."""

import gzip

import httpx
import pytest

from tests.dev_server import DevServer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with DevServer(tmp_path_factory.mktemp("guard") / "data") as server:
        yield server


def assert_problem(answer, status, code):
    assert (answer.status_code, answer.json()["error"]) == (status, code), answer.text
    assert set(answer.json()) >= {"error", "message"}


# --- the page


def test_the_page_is_served_under_a_policy_that_lets_nothing_foreign_in(server):
    answer = server.client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob: data:",
        "connect-src": "'self'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("path", ["/", "/config.json", "/api/health", "/api/images", "/nothing", "/media/nothing", "/store"])
def test_every_answer_says_how_it_may_be_used(server, path):
    headers = server.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers


def test_modules_have_the_type_that_browsers_insist_on(server):
    assert server.client.get("/main.js").headers["content-type"] == "text/javascript; charset=utf-8"


def test_page_files_are_asked_for_again_and_sent_only_when_they_changed(server):
    first = server.client.get("/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = server.client.get("/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_page_files_travel_compressed_where_that_is_understood(server):
    plain = server.client.get("/main.js", headers={"Accept-Encoding": "identity"})
    with server.client.stream("GET", "/main.js", headers={"Accept-Encoding": "gzip"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(packed.iter_raw())) == plain.content
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"


def test_head_says_what_get_would_send(server):
    got, asked = (server.client.request(method, "/", headers={"Accept-Encoding": "identity"}) for method in ("GET", "HEAD"))
    assert asked.content == b""
    assert asked.headers["content-length"] == got.headers["content-length"]


def test_the_page_is_told_where_the_api_is_and_that_nobody_signs_in(server):
    assert server.client.get("/config.json").json() == {"api": "/api", "auth": None, "samples": True}


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/%2e%2e/pyproject.toml",
        "/..%2fpyproject.toml",
        "/components/../../pyproject.toml",
        "/components/%2e%2e%2f%2e%2e%2fpyproject.toml",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/..%5cpyproject.toml",
        "/main.js%00.html",
        "/.git/config",
        "/components/",
        "/" + "x" * 5000,
        "/media/../.secret",
        "/media/%2e%2e/.secret",
        "/media/..%2f.secret",
        "/media/..%2fuploads",
        "/media/%2fetc%2fpasswd",
        "/media/..%5c..%5cx",
        "/media/%00",
        "/media/" + "x" * 300,
    ],
)
def test_no_address_leads_out_of_what_is_served(server, path):
    answer = raw(server, "GET", path)
    assert b" 404 " in answer.split(b"\r\n")[0], answer[:200]
    assert b"not_found" in answer


def raw(server, method, path, headers="", body=b""):
    """One request with the address exactly as given, which no client library would send."""
    import socket

    with socket.create_connection(("127.0.0.1", server.client.base_url.port), 20) as line:
        host = f"127.0.0.1:{server.client.base_url.port}"
        line.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n".encode() + body)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
        return answer


def test_an_address_of_any_length_is_answered_in_the_one_error_shape(server):
    answer = raw(server, "GET", "/api/images/" + "x" * 200_000)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b'"error":"image_not_found"' in answer


# --- strangers


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.7", "[::2]", "localhost:1:2", ""]
)
def test_a_foreign_host_name_is_refused_whatever_is_asked(server, host):
    for method, path in (("GET", "/"), ("GET", "/api/images"), ("GET", "/media/x"), ("POST", "/store"), ("POST", "/api/uploads")):
        assert_problem(server.client.request(method, path, headers={"Host": host}), 403, "host_refused")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_its_own_names_are_answered_to(server, name):
    for host in (name, f"{name}:{server.client.base_url.port}"):
        assert server.client.get("/api/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_site_cannot_write_here(server, headers):
    ask = {"filename": "a.jpg", "content_type": "image/jpeg", "bytes": 10}
    for method, path in (("POST", "/api/uploads"), ("POST", "/store"), ("PATCH", "/api/images/x"), ("DELETE", "/api/images/x")):
        assert_problem(server.client.request(method, path, json=ask, headers=headers), 403, "origin_refused")


def test_the_page_itself_and_programs_without_an_origin_may_write(server):
    ask = {"filename": "a.jpg", "content_type": "image/jpeg", "bytes": 10}
    for headers in ({}, {"Origin": server.url}, {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}):
        assert server.client.post("/api/uploads", json=ask, headers=headers).status_code == 201


# --- addresses and ports


def refused(tmp_path, *options, **settings):
    """What a server that did not start said."""
    with pytest.raises(AssertionError, match="did not start") as failed, DevServer(tmp_path / "data", options, settings):
        pass
    return str(failed.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_sign_in_only_this_machine_is_served(tmp_path, host):
    said = refused(tmp_path, "--host", host, "--port", "0")
    assert "--issuer" in said
    assert "Traceback" not in said


def test_a_host_that_does_not_exist_is_said(tmp_path):
    assert "no-such-host.invalid" in refused(tmp_path, "--host", "no-such-host.invalid", "--port", "0")


def test_a_port_that_was_asked_for_and_is_busy_is_said(server, tmp_path):
    said = refused(tmp_path, "--port", str(server.client.base_url.port))
    assert f"Port {server.client.base_url.port}" in said
    assert "Try: ./sightsync dev --port" in said


def test_a_busy_default_port_moves_to_the_next_free_one_and_says_so(tmp_path):
    with DevServer(tmp_path / "one", ()) as one, DevServer(tmp_path / "two", ()) as two:
        assert two.client.base_url.port > one.client.base_url.port >= 8000
        assert "is taken" in two.said
        assert httpx.get(f"{two.url}/api/health").status_code == 200


def test_with_an_issuer_nobody_is_implied_and_the_page_knows_where_to_sign_in(tmp_path):
    issuer = "https://issuer.invalid/realm"
    with DevServer(tmp_path / "data", ("--port", "0", "--host", "0.0.0.0", "--issuer", issuer)) as server:
        url = f"http://127.0.0.1:{server.client.base_url.port}"
        auth = {"issuer": issuer, "client_id": None, "region": None, "endpoint": None, "sign_up": False}
        assert httpx.get(f"{url}/config.json").json() == {"api": "/api", "auth": auth, "samples": True}
        assert "can sign nobody in there" in server.said
        assert "connect-src 'self' https://issuer.invalid;" in httpx.get(f"{url}/").headers["content-security-policy"]
        ask = {"filename": "a.jpg", "content_type": "image/jpeg", "bytes": 10}
        assert_problem(httpx.post(f"{url}/api/uploads", json=ask), 401, "sign_in_required")


def test_it_says_what_it_uses_and_how_to_get_more(server):
    assert "store" in server.said
    assert "catalog.db" in server.said
    assert "reads colour and light only" in server.said
    assert "./sightsync dev --models" in server.said
