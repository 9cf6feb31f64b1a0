"""Which proxy leads to a tracker: what the environment says to all programs of this machine."""

from __future__ import annotations

import ipaddress
from urllib.request import getproxies, proxy_bypass

from yarl import URL


def proxy_for(base_url: str) -> URL | None:
    """From `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, with its credentials if any; never for this machine itself.

    Not aiohttp's own `trust_env`: that reads `.netrc` too, and would send its password in place of the tracker's.
    """
    target = URL(base_url)
    told = getproxies().get(target.scheme)
    if not told or not target.host or _is_here(target.host) or proxy_bypass(target.host):
        return None
    return URL(told if "://" in told else f"http://{told}")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
