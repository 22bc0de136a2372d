"""Nobody but the page that was given the address gets an answer."""

import pytest
from starlette.testclient import TestClient

from playnano.viewer.access import LARGEST_BODY
from playnano.viewer.app import viewer_app
from playnano.viewer.session import Session

RECIPE = {"movie": 0, "text": "version: 1\n"}


def test_without_a_token_nothing_is_answered(stranger: TestClient) -> None:
    for address in ("/", "/api/session", "/style.css", "/api/frames/0/x/raw/0"):
        assert stranger.get(address).status_code == 403


def test_the_address_of_a_viewer_that_has_ended_says_which_to_open(session: Session) -> None:
    old, now = viewer_app(session, 8420), viewer_app(session, 8420)
    visitor = TestClient(now, base_url="http://127.0.0.1:8420")
    answer = visitor.get(old.address())
    assert answer.status_code == 403
    assert (
        answer.text == "open the address that playnano printed last: an address is good until its viewer ends"
    )


def test_a_wrong_token_is_refused(stranger: TestClient) -> None:
    response = stranger.get("/", params={"token": "guess"})
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


def test_the_cookie_is_hidden_from_scripts_and_other_sites(stranger: TestClient) -> None:
    address = stranger.app.address()  # type: ignore[attr-defined]
    cookie = stranger.get(address, follow_redirects=False).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("host", ["evil.test", "evil.test:8420", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host_is_refused(page: TestClient, host: str) -> None:
    assert page.get("/api/session", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:8420", "[::1]:8420"])
def test_this_machine_is_served_under_its_names(page: TestClient, host: str) -> None:
    assert page.get("/api/session", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://127.0.0.1:1", ""])
def test_what_changes_something_must_come_from_the_page(page: TestClient, origin: str) -> None:
    assert page.post("/api/recipes", json=RECIPE, headers={"origin": origin}).status_code == 403


def test_scripts_and_pictures_come_from_here_only(page: TestClient) -> None:
    policy = page.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_large_body_is_refused(page: TestClient) -> None:
    assert page.post("/api/recipes", content=b"x" * (LARGEST_BODY + 1)).status_code == 413


@pytest.mark.parametrize(
    "address",
    ["/../session.py", "/%2e%2e/session.py", "/..%2fsession.py", "/modules/../../app.py", "//etc/passwd"],
)
def test_no_file_outside_the_page_is_served(page: TestClient, address: str) -> None:
    assert page.get(address).status_code in (403, 404)
