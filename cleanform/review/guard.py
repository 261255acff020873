"""Which requests are answered at all.

Whoever knows the token was told it by whoever started the review. The other checks keep a page
of somebody else, opened in the same browser, from using a token that it may have come by: such a
page cannot say that it is ours (`Origin`, `Sec-Fetch-Site`), nor call us by a name of its own
(`Host`: DNS rebinding), nor send JSON without asking first, which is never allowed.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from ipaddress import ip_address

Headers = Mapping[str, str] | Message

#: More than any correction with its note takes.
LARGEST_BODY_BYTES = 64_000


@dataclass(frozen=True)
class Guard:
    """What a request must show."""

    token: str
    host: str  # as the server was bound
    port: int

    def refusal(self, method: str, path: str, headers: Headers) -> HTTPStatus | None:
        """Why a request is not answered; None where it is."""
        parts = path.partition("?")[0].split("/")
        if len(parts) < 3 or not _same(parts[1], self.token):
            return HTTPStatus.NOT_FOUND
        if not self._is_us(headers.get("Host", "")):
            return HTTPStatus.MISDIRECTED_REQUEST
        if headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            return HTTPStatus.FORBIDDEN
        origin = headers.get("Origin")
        if origin is not None and origin != f"http://{headers['Host']}":
            return HTTPStatus.FORBIDDEN
        if method == "POST":
            return self._refused_change(origin, headers)
        return None if method in ("GET", "HEAD") else HTTPStatus.METHOD_NOT_ALLOWED

    def _refused_change(self, origin: str | None, headers: Headers) -> HTTPStatus | None:
        """A change comes from our own page, as JSON, and is small."""
        if origin is None:
            return HTTPStatus.FORBIDDEN
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        length = headers.get("Content-Length", "")
        if headers.get("Transfer-Encoding") or not (length.isascii() and length.isdigit()):
            return HTTPStatus.LENGTH_REQUIRED
        if len(length) > 9 or int(length) > LARGEST_BODY_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return None

    def _is_us(self, host: str) -> bool:
        """Whether `Host` names us: as we were bound, or by a number where we listen to others.

        A number cannot be rebound: it is the address itself.
        """
        name, _, port = host.rpartition(":")
        if port != str(self.port):
            return False
        if name.lower() in {self.host.lower(), f"[{self.host}]"}:
            return True
        if is_loopback(self.host):
            return name.lower() in ("127.0.0.1", "localhost", "[::1]")
        try:
            ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that is bound to `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _same(one: str, other: str) -> bool:
    """Compare in a time that does not tell how much of it was right."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
