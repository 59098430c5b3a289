"""Reading a body as it comes, decompressed piece by piece, and never more of it than is wanted.

httpx would unpack whatever arrives in one go: a few megabytes of gzip can be gigabytes.
"""

import zlib
from collections.abc import Callable

import httpx

MOST = 16 * 1024 * 1024
"""Bytes of an answer, decompressed."""
MOST_OF_ERROR = 64 * 1024
"""Bytes of an answer that is no success: what it says stands at its beginning."""

ACCEPTED = "gzip, deflate"
ANY_FORMAT = zlib.MAX_WBITS | 32
"""gzip or zlib, whichever the stream begins as."""

Decode = Callable[[bytes, int], bytes]


class BodyTooLarge(Exception):
    """A successful answer is larger than MOST."""


async def read_body(response: httpx.Response) -> bytes:
    """The decompressed body; of an error no more than its beginning.

    Raises:
        BodyTooLarge: a success goes on beyond MOST.
        ValueError: it is compressed in a way that wasn't asked for.
        zlib.error: it is damaged.
    """
    decode, body = decoder(response.headers), bytearray()
    most = MOST if response.is_success else MOST_OF_ERROR
    async for raw in response.aiter_raw():
        body += decode(raw, most + 1 - len(body))
        if len(body) > most:
            if response.is_success:
                raise BodyTooLarge
            return bytes(body[:most])
    return bytes(body)


def decoder(headers: httpx.Headers) -> Decode:
    """What turns pieces of a body into at most so many bytes each. Raises ValueError for an unknown encoding."""
    named = [each for part in headers.get("Content-Encoding", "").split(",") if (each := part.strip().lower())]
    compressed = [each for each in named if each != "identity"]
    if not compressed:
        return lambda raw, most: raw[:most]
    if len(compressed) > 1 or compressed[0] not in {"gzip", "x-gzip", "deflate"}:
        raise ValueError("the answer is compressed in a way that was not asked for")
    inflate = zlib.decompressobj(ANY_FORMAT)
    return inflate.decompress
