"""A receiver of notifications on loopback: it stores what it gets and answers as configured."""

import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass
class Receiver:
    """Use as a context manager. `answers` are the statuses of the next answers, 200 afterwards; 0 sends none.

    With `tls` it serves https for localhost.
    """

    answers: list[int] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    location: str = ""
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> Self:
        receiver, self.over = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.paths.append(self.path)
                receiver.headers.append(dict(self.headers))
                receiver.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if not status:
                    receiver.over.wait(20)
                    return
                self.send_response(status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()
                self.wfile.write(f"you asked {self.path}".encode())

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.tls:
            self.server.socket = self.tls.wrap_socket(self.server.socket, server_side=True)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        return f"{'https://localhost' if self.tls else 'http://127.0.0.1'}:{self.server.server_address[1]}"

    @property
    def titles(self) -> list[str]:
        """The titles of the received JSON documents."""
        return [f"{told['event']}: {told['title']}" for told in self.got]
