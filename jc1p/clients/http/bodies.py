"""Reads a body in pieces, decompressing each, and never more than a limit.

httpx would decompress the whole body at once: a few megabytes of gzip can be gigabytes.
"""

import zlib
from collections.abc import AsyncIterable, Callable

import httpx

MOST = 16 * 1024 * 1024
"""Limit for an answer, in decompressed bytes."""
MOST_OF_ERROR = 64 * 1024
"""Limit for an error answer, in bytes: the message is at the start."""

ACCEPTED = "gzip"
"""Not deflate: servers disagree about its form. Answers in one of the two forms are read all the same."""
START_OF_GZIP = b"\x1f\x8b"
ANY_FORMAT = zlib.MAX_WBITS | 32
"""gzip or zlib, detected from the start of the stream."""

Decode = Callable[[bytes, int], bytes]


class UnknownCompression(ValueError):
    """An answer is compressed in a way that wasn't requested."""


class BodyTooLarge(Exception):
    """A successful answer is larger than MOST."""


async def read_body(response: httpx.Response) -> bytes:
    """The decompressed body; only the start of an error's body.

    Raises:
        BodyTooLarge: a success is larger than MOST.
        UnknownCompression: it uses a compression that wasn't requested.
        zlib.error: it is damaged.
    """
    decode, body = decoder(response.headers), bytearray()
    most = MOST if response.is_success else MOST_OF_ERROR
    # Not aiter_raw: it closes the response at the end, and then the connection may be used again unseen.
    async for raw in pieces(response):
        body += decode(raw, most + 1 - len(body))
        if len(body) > most:
            if response.is_success:
                raise BodyTooLarge
            return bytes(body[:most])
    return bytes(body)


def pieces(response: httpx.Response) -> AsyncIterable[bytes]:
    """The body as it comes, still compressed."""
    if not isinstance(response.stream, AsyncIterable):
        raise TypeError("the answer does not come from an asynchronous client")
    return response.stream


def decoder(headers: httpx.Headers) -> Decode:
    """A function that turns pieces of a body into limited output. Raises UnknownCompression."""
    named = [each for part in headers.get("Content-Encoding", "").split(",") if (each := part.strip().lower())]
    compressed = [each for each in named if each != "identity"]
    if not compressed:
        return lambda raw, most: raw[:most]
    if len(compressed) > 1 or compressed[0] not in {"gzip", "x-gzip", "deflate"}:
        raise UnknownCompression("the answer is compressed in a way that was not asked for")
    return Inflate().decode


class Inflate:
    """Decompresses a stream; gzip may consist of several parts (RFC 1952), one after the other."""

    def __init__(self) -> None:
        self.part = zlib.decompressobj(ANY_FORMAT)

    def decode(self, raw: bytes, most: int) -> bytes:
        """Up to `most` more bytes. Raises zlib.error."""
        body = self.part.decompress(raw, most)
        while self.part.eof and len(body) < most and self.part.unused_data.startswith(START_OF_GZIP):
            rest, self.part = self.part.unused_data, zlib.decompressobj(ANY_FORMAT)
            body += self.part.decompress(rest, most - len(body))
        return body
