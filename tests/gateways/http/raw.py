"""A server that answers byte by byte as told, to see what a client makes of a counterpart at its worst."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Talk = Callable[[socket.socket, "RawServer"], None]


@dataclass
class RawServer:
    """`requests` are the bytes of every whole request that arrived; `connections` counts the connects."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def read_request(self, connection: socket.socket) -> None:
        """Wait for one whole request with its body."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)


@contextlib.contextmanager
def raw_server(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Serve on a free port of 127.0.0.1; `talk` has each connection, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(listener.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                server.connections += 1
                with contextlib.suppress(OSError), connection:
                    if tls is None:
                        talk(connection, server)
                        continue
                    with tls.wrap_socket(connection, server_side=True) as secured:
                        talk(secured, server)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
            listener.close()
            thread.join(timeout=5)


def answering(answer: bytes) -> Talk:
    """Read the request, send these bytes, close."""

    def talk(connection: socket.socket, server: RawServer) -> None:
        server.read_request(connection)
        connection.sendall(answer)

    return talk


def dripping(start: bytes, drop: bytes, pause_s: float = 0.02) -> Talk:
    """Read the request, send `start`, then `drop` again and again until nobody listens."""

    def talk(connection: socket.socket, server: RawServer) -> None:
        server.read_request(connection)
        connection.sendall(start)
        while not server.closing.wait(pause_s):
            connection.sendall(drop)

    return talk


def silent(connection: socket.socket, server: RawServer) -> None:
    """Read the request and never answer."""
    server.read_request(connection)
    server.closing.wait(30)


def resetting(connection: socket.socket, server: RawServer) -> None:
    """Read the request, then reset the connection."""
    server.read_request(connection)
    reset(connection)


def reset(connection: socket.socket) -> None:
    """Close with a TCP reset instead of a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def ok(body: bytes, *headers: str) -> bytes:
    """A plain 200 with a Content-Length."""
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
