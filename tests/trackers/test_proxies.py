"""A tracker behind a proxy."""

from __future__ import annotations

import base64

import pytest
from aiohttp import web
from yarl import URL

from accord.testing.conformance.refusals import answering
from accord.trackers.http import HttpClient
from accord.trackers.proxies import proxy_for


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_there_is_none_unless_the_environment_says_so() -> None:
    assert proxy_for("https://tracker.example.com/") is None


def test_each_scheme_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    assert proxy_for("https://tracker.example.com/") == URL("http://proxy.example.com:3128")
    assert proxy_for("http://tracker.example.com/") is None


def test_a_host_and_a_port_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    assert proxy_for("https://tracker.example.com/") == URL("http://proxy.example.com:3128")


def test_no_proxy_names_those_that_are_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", ".example.com,other.example.org")
    assert proxy_for("https://tracker.example.com/") is None
    assert proxy_for("https://tracker.example.org/") is not None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "127.0.0.2:8080"])
def test_this_machine_is_reached_without_one(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    assert proxy_for(f"http://{host}/") is None


async def test_requests_go_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str | None, str | None]] = []

    def relay(request: web.Request) -> web.Response:
        headers = request.headers
        seen.append((request.host, headers.get("Proxy-Authorization"), headers.get("Authorization")))
        return web.json_response({"through": "proxy"})

    async with answering(relay) as url:
        monkeypatch.setenv("HTTP_PROXY", str(URL(url).with_user("anna").with_password("secret")))
        client = HttpClient("desk", "http://tracker.invalid/api", headers={"Authorization": "Bearer ours"})
        try:
            assert (await client.json("GET", "items")).data == {"through": "proxy"}
        finally:
            await client.close()
    asked = "Basic " + base64.b64encode(b"anna:secret").decode()
    assert seen == [("tracker.invalid", asked, "Bearer ours")]
