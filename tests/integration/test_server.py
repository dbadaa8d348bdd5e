"""The console's front door, on a real server: nobody sees a page without a session of theirs."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import websockets.exceptions
from streamlit import file_util
from websockets.sync.client import connect

from services.operations.sign_in_brake import FAILURES
from tests.servers import CONSOLE, ROOT, SluiceServer

LOGIN, PASSWORD = "ayse", "a long enough passphrase"
HTML = {"accept": "text/html,application/xhtml+xml"}
SCRIPT = max((Path(file_util.get_static_dir()) / "static" / "js").glob("*.js"), key=os.path.getsize)


def read_link(server: SluiceServer) -> str:
    """The token of the one-time link that the server printed last."""
    return re.findall(r"/auth/first-start\?token=(\S+)", server.read_log())[-1]


def post(
    server: SluiceServer, path: str, fields: dict[str, str], **options: str
) -> httpx2.Response:
    """Send a form as a browser on our own page does."""
    headers = {"origin": server.url} | options
    return httpx2.post(f"{server.url}{path}", data=fields, headers=headers, timeout=30)


def make_admin(server: SluiceServer, token: str, **changes: str) -> httpx2.Response:
    fields = {"token": token, "login": LOGIN, "password": PASSWORD, "repeated": PASSWORD}
    return post(server, "/auth/first-start", fields | changes)


def sign_in(server: SluiceServer, next_path: str = "/", **changes: str) -> httpx2.Response:
    fields = {"login": LOGIN, "password": PASSWORD, "next": next_path}
    return post(server, "/auth/sign-in", fields | changes)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., SluiceServer]) -> SluiceServer:
    """A console with its first administrator."""
    server = start_server(CONSOLE)
    assert make_admin(server, read_link(server)).status_code == 303
    return server


@pytest.fixture
def browser(server: SluiceServer) -> Iterator[httpx2.Client]:
    """A browser that is signed in."""
    cookie = sign_in(server).cookies["sluice_session"]
    with httpx2.Client(
        base_url=server.url, cookies={"sluice_session": cookie}, headers=HTML, timeout=30
    ) as client:
        yield client


def open_websocket(server: SluiceServer, cookie: str | None, origin: str | None = None) -> None:
    """Shake hands with Streamlit's WebSocket and leave again."""
    headers = {"cookie": f"sluice_session={cookie}"} if cookie else {}
    url = server.url.replace("http", "ws") + "/_stcore/stream"
    with connect(url, additional_headers=headers, origin=origin or server.url):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize(
    "path", ["/", "/kill_switch", "/_stcore/health", "/_stcore/host-config", "/media/x.png"]
)
def test_browser_without_session_is_sent_to_sign_in(server: SluiceServer, path: str) -> None:
    answer = httpx2.get(f"{server.url}{path}?a=b", headers=HTML)
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert place == f"/auth/sign-in?next={path.replace('/', '%2F')}%3Fa%3Db"


def test_program_without_session_gets_json(server: SluiceServer) -> None:
    answer = httpx2.get(f"{server.url}/_stcore/host-config")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_signed_in"
    assert httpx2.post(f"{server.url}/", headers=HTML).status_code == 401


@pytest.mark.parametrize("path", ["/chat/completions", "/models"])
def test_an_application_whose_base_url_lacks_its_end_is_told_so(
    server: SluiceServer, path: str
) -> None:
    for url in (f"{server.url}{path}", f"{server.url}/api{path}"):
        answer = httpx2.post(url, headers={"authorization": "Bearer sk-any"}, json={})
        assert answer.status_code == 404
        error = answer.json()["error"]
        assert error["code"] == "not_found"
        assert "base URL ends in /v1" in error["message"]


def test_not_even_a_script_is_served_without_session(server: SluiceServer) -> None:
    assert httpx2.get(f"{server.url}/static/js/{SCRIPT.name}").status_code == 401


@pytest.mark.parametrize("cookie", [None, "made-up", "a" * 5_000])
def test_no_websocket_without_session(server: SluiceServer, cookie: str | None) -> None:
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        open_websocket(server, cookie)
    assert refused.value.response.status_code == 403


def test_websocket_opens_with_session_from_our_origin_only(
    server: SluiceServer, browser: httpx2.Client
) -> None:
    cookie = browser.cookies["sluice_session"]
    open_websocket(server, cookie)
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        open_websocket(server, cookie, origin="https://evil.example")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/", "/auth/sign-in", "/health/live", "/nothing"])
def test_every_answer_has_security_headers(server: SluiceServer, path: str) -> None:
    headers = httpx2.get(f"{server.url}{path}").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"


def test_api_is_not_behind_the_cookie(server: SluiceServer, browser: httpx2.Client) -> None:
    assert httpx2.get(f"{server.url}/health/live").status_code == 200
    assert browser.get("/v1/models").status_code == 401


def test_signing_in_leads_back_with_a_cookie_scripts_cannot_read(server: SluiceServer) -> None:
    answer = sign_in(server, "/playground?run=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/playground?run=1"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie, "this machine's browser would not keep it over plain HTTP"


def test_cookie_is_secure_for_any_other_host(server: SluiceServer) -> None:
    answer = post(
        server, "/auth/sign-in", {"login": LOGIN, "password": PASSWORD},
        host="ops.example", origin="https://ops.example",
    )  # fmt: skip
    assert "Secure" in answer.headers["set-cookie"]


def test_signing_in_never_leads_elsewhere(server: SluiceServer) -> None:
    assert sign_in(server, "//evil.example/x").headers["location"] == "/"


def test_signed_in_browser_sees_the_console(browser: httpx2.Client) -> None:
    answer = browser.get("/")
    assert answer.status_code == 200
    assert "<title>Streamlit</title>" in answer.text
    assert browser.get("/auth/sign-in?next=/kill_switch").headers["location"] == "/kill_switch"


def test_an_address_that_is_no_page_says_so_and_leads_to_the_overview(
    browser: httpx2.Client, server: SluiceServer
) -> None:
    answer = browser.get("/nonsense")
    assert answer.status_code == 404
    assert "There is no page of that address" in answer.text
    assert '<a href="/">Open the Overview</a>' in answer.text
    assert browser.get("/cost").status_code == 200
    assert httpx2.get(f"{server.url}/nonsense", headers=HTML).status_code == 303


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"login": "nobody"}])
def test_wrong_login_and_wrong_password_look_the_same(
    server: SluiceServer, fields: dict[str, str]
) -> None:
    answer = sign_in(server, **fields)
    assert answer.status_code == 401
    assert "The login or the password is wrong." in answer.text
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers


def test_guessing_is_slowed(server: SluiceServer) -> None:
    statuses = [sign_in(server, login="guessed").status_code for _ in range(FAILURES + 1)]
    assert statuses == [401] * FAILURES + [429]
    assert 0 < int(sign_in(server, login="guessed").headers["retry-after"]) <= 300
    assert sign_in(server).status_code == 303


@pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/first-start", "/auth/sign-out"])
@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": ""}]
)
def test_forms_of_other_sites_do_nothing(
    server: SluiceServer, path: str, headers: dict[str, str]
) -> None:
    fields = {"login": LOGIN, "password": PASSWORD}
    answer = post(server, path, fields, **headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "foreign_origin"
    assert "set-cookie" not in answer.headers


def test_a_form_may_prove_its_origin_by_referer(server: SluiceServer) -> None:
    answer = post(
        server, "/auth/sign-in", {"login": LOGIN, "password": PASSWORD},
        origin="", referer=f"{server.url}/auth/sign-in",
    )  # fmt: skip
    assert answer.status_code == 303


@pytest.mark.parametrize("other", ['prefs={"a":1}', "x=[a b]", "bad,name=1", 'a="x'])
def test_cookies_of_other_programs_on_the_host_lock_nobody_out(
    browser: httpx2.Client, other: str
) -> None:
    cookie = f"{other}; sluice_session={browser.cookies['sluice_session']}"
    answer = httpx2.get(f"{browser.base_url}", headers=HTML | {"cookie": cookie})
    assert answer.status_code == 200


@pytest.mark.parametrize("origin", ["http://[::1", "http://["])
def test_an_origin_that_is_no_address_is_foreign(server: SluiceServer, origin: str) -> None:
    assert post(server, "/auth/sign-out", {}, origin=origin).status_code == 403
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        open_websocket(server, None, origin=origin)
    assert refused.value.response.status_code == 403


def test_long_forms_are_refused(server: SluiceServer) -> None:
    assert sign_in(server, password="x" * 10_000).status_code == 413


def test_values_are_shown_as_text(server: SluiceServer) -> None:
    answer = sign_in(server, login='"><script>alert(1)</script>')
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_signing_out_ends_the_session_for_good(
    server: SluiceServer, browser: httpx2.Client
) -> None:
    cookie = browser.cookies["sluice_session"]
    assert browser.get("/auth/sign-out").status_code == 200
    assert browser.get("/").status_code == 200, "looking at the question ends nothing"
    answer = browser.post("/auth/sign-out", headers={"origin": server.url})
    assert answer.status_code == 303
    assert 'sluice_session=""' in answer.headers["set-cookie"]
    again = httpx2.get(server.url, headers=HTML | {"cookie": f"sluice_session={cookie}"})
    assert again.status_code == 303


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/interact"])
def test_streamlits_own_doors_are_shut(browser: httpx2.Client, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_scripts_come_compressed_and_may_be_kept(browser: httpx2.Client) -> None:
    answer = browser.get(f"/static/js/{SCRIPT.name}", headers={"accept-encoding": "gzip"})
    assert answer.content == SCRIPT.read_bytes()
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert int(answer.headers["content-length"]) < len(answer.content) / 3
    plain = browser.get(f"/static/js/{SCRIPT.name}", headers={"accept-encoding": "identity"})
    assert plain.content == answer.content
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("path", ["/static/..%2f..%2f..%2frun.py", "/static/%2e%2e/index.html"])
def test_no_file_outside_the_folder_is_served(browser: httpx2.Client, path: str) -> None:
    answer = browser.get(path, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert "import " not in answer.text


def test_first_start_link_works_once_and_mistakes_do_not_use_it_up(
    start_server: Callable[..., SluiceServer],
) -> None:
    server = start_server(CONSOLE)
    token = read_link(server)
    for _ in range(2):
        assert httpx2.get(f"{server.url}/auth/first-start?token={token}").status_code == 200
    short = make_admin(server, token, password="short", repeated="short")
    assert short.status_code == 422
    assert "use 12 or more" in short.text
    assert "differ" in make_admin(server, token, repeated="another long passphrase").text
    made = make_admin(server, token)
    assert made.status_code == 303
    assert made.cookies["sluice_session"]
    assert make_admin(server, token, login="mehmet").status_code == 410
    assert httpx2.get(f"{server.url}/auth/first-start?token={token}").status_code == 410
    assert make_admin(server, "made-up", login="mehmet").status_code == 410


def test_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = run_console(tmp_path, PORT=str(taken.getsockname()[1]))
    assert run.returncode == 1
    assert "is in use by another program" in run.stderr
    assert "Traceback" not in run.stderr


def test_bad_settings_are_listed_and_nothing_starts(tmp_path: Path) -> None:
    run = run_console(tmp_path, PORT="x", AI_PROVIDER="nobody")
    assert run.returncode == 2
    assert "PORT" in run.stderr
    assert "Traceback" not in run.stderr


def run_console(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start a console that cannot start."""
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "AI_DATA_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, *CONSOLE],
        env=base | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
