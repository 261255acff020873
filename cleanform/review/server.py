"""The page and its changes over HTTP, for one browser on this machine.

Below the token there are: the page, the film, `api/state`, and four changes by POST. Nothing
else has a name, so no path leads anywhere.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from cleanform.errors import CleanformError, InputError
from cleanform.report import FILMS
from cleanform.review.guard import Guard
from cleanform.review.ranges import asked_range
from cleanform.review.session import StaleError

if TYPE_CHECKING:
    from cleanform.review.session import Session

Json = dict[str, Any]

#: A connection on which nothing happens for so long is closed.
_PATIENCE_S = 30.0
_CHUNK_BYTES = 1 << 16
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)
_CHANGES: Mapping[str, Callable[[Session, Json], None]] = MappingProxyType(
    {
        "api/correct": lambda session, asked: session.correct(
            asked.get("correction"), asked.get("revision")
        ),
        "api/undo": lambda session, asked: session.undo(
            asked.get("number", ""), asked.get("revision")
        ),
        "api/undo-all": lambda session, asked: session.undo(None, asked.get("revision")),
        "api/look-again": lambda session, asked: session.look_again(asked.get("revision")),
    }
)


class ReviewServer(ThreadingHTTPServer):
    """Serves one session. `url` is where; its token is new every time."""

    daemon_threads = True

    def __init__(self, session: Session, host: str = "127.0.0.1", port: int = 0) -> None:
        """Raises InputError where the port is taken or the host is not this machine's."""
        self.session = session
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"{host}:{port}: cannot be listened on ({reason.lower()}); choose another --port "
                "or --host"
            ) from error
        self.guard = Guard(secrets.token_urlsafe(24), host, self.server_port)

    @property
    def url(self) -> str:
        host = self.guard.host
        name = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
        name = f"[{name}]" if ":" in name else name
        return f"http://{name}:{self.guard.port}/{self.guard.token}/"

    def server_bind(self) -> None:
        """As the base class does, but without asking a name server what we are called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is nothing to speak of."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "cleanform", ""
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed of what is asked."""

    def _answer(self) -> None:
        server = cast("ReviewServer", self.server)
        if any(len(self.headers.get_all(name, [])) > 1 for name in _ONCE):
            return self._end(HTTPStatus.BAD_REQUEST)
        refused = server.guard.refusal(self.command, self.path, self.headers)
        if refused is not None:
            return self._end(refused)
        name = self.path.partition("?")[0].split("/", 2)[2]
        if self.command == "POST":
            return self._change(name, server.session)
        if name == "":
            return self._send(server.session.page(), "text/html; charset=utf-8")
        if name == "api/state":
            return self._send_json(_state(server.session))
        if name in FILMS:
            return self._send_film(name, server.session)
        return self._end(HTTPStatus.NOT_FOUND)

    # --- changes ----------------------------------------------------------------------------

    def _change(self, name: str, session: Session) -> None:
        change = _CHANGES.get(name)
        if change is None:
            return self._end(HTTPStatus.NOT_FOUND)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            asked = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            return self._end(HTTPStatus.BAD_REQUEST)
        try:
            change(session, asked)
        except StaleError as error:
            return self._send_json({"problem": str(error)}, HTTPStatus.CONFLICT)
        except CleanformError as error:
            return self._send_json({"problem": str(error)}, HTTPStatus.UNPROCESSABLE_ENTITY)
        return self._send_json(_state(session))

    # --- answers ----------------------------------------------------------------------------

    def _send_film(self, name: str, session: Session) -> None:
        path = session.folder / name
        if path.is_symlink() or not path.is_file():
            return self._end(HTTPStatus.NOT_FOUND)
        with open(path, "rb") as film:
            size = film.seek(0, 2)
            try:
                part = asked_range(self.headers.get("Range"), size)
            except ValueError:
                return self._end(
                    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{size}"}
                )
            start, stop = part or (0, size)
            more = {"Accept-Ranges": "bytes", "Content-Type": "video/mp4"}
            status = HTTPStatus.OK
            if part is not None:
                status = HTTPStatus.PARTIAL_CONTENT
                more["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
            self._begin(status, stop - start, more)
            if self.command != "HEAD":
                self._copy(film, start, stop)
        return None

    def _copy(self, film: BinaryIO, start: int, stop: int) -> None:
        film.seek(start)
        while start < stop:
            chunk = film.read(min(_CHUNK_BYTES, stop - start))
            if not chunk:
                self.close_connection = True  # the film became shorter; no more can be kept
                return
            self.wfile.write(chunk)
            start += len(chunk)

    def _send_json(self, document: Json, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(document).encode(), "application/json", status)

    def _send(self, content: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._begin(status, len(content), {"Content-Type": kind})
        if self.command != "HEAD":
            self.wfile.write(content)

    def _end(self, status: HTTPStatus, more: Mapping[str, str] | None = None) -> None:
        """A refusal, which says no more than its name; the connection ends with it."""
        self.close_connection = True
        content = f"{status.phrase}\n".encode()
        kind = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
        self._begin(status, len(content), {**kind, **(more or {})})
        if self.command != "HEAD":
            self.wfile.write(content)

    def _begin(self, status: HTTPStatus, length: int, more: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Length": str(length), **more}.items():
            self.send_header(name, value)
        self.end_headers()


#: Headers that decide something must not be there twice.
_ONCE = ("Host", "Origin", "Content-Length", "Content-Type", "Sec-Fetch-Site", "Transfer-Encoding")


def _state(session: Session) -> Json:
    look = session.look
    return {
        "revision": session.revision,
        "looking": look.running,
        "stage": look.stage,
        "share": round(look.share, 3),
        "problem": look.problem,
    }
