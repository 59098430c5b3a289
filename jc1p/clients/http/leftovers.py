"""Closes a connection that holds more than its answer: httpcore would read that as the answer to the next request.

A faulty server or proxy may send an answer that was not requested. httpcore looks at the socket before it uses a
connection again, but not at bytes that were read together with the answer before: h11 has them, or TLS has them still
encrypted. Neither shows them, so this module uses their private attributes. test_leftovers.py fails if they change.
"""

import logging

import httpx

log = logging.getLogger("jc1p.http")

TO_CONNECTION = ("_stream", "_httpcore_stream", "_stream", "_connection", "_h11_state")
"""From httpx's stream to h11's state of the connection, past the streams that wrap each other."""


async def close_if_more_came(response: httpx.Response, service: str) -> None:
    """To be called when the body was read and before the response is closed: then the connection may be used again."""
    network = response.extensions.get("network_stream")
    if network is None:
        return
    is_certain = holds_bytes(response.stream)
    if is_certain:
        log.warning("%s sent more than its answer; the connection is not used again", service)
    # A record may also be TLS's own, such as the end of the connection: no reason for a warning.
    if is_certain or holds_records(network):
        await network.aclose()


def holds_bytes(stream: object) -> bool:
    """Whether h11 has bytes after the end of the answer."""
    found = stream
    for name in TO_CONNECTION:
        found = getattr(found, name, None)
    return bool(getattr(found, "trailing_data", (b"",))[0])


def holds_records(network: object) -> bool:
    """Whether TLS has bytes from the socket that were not decrypted yet."""
    incoming = getattr(getattr(network, "_stream", None), "_read_bio", None)
    return bool(getattr(incoming, "pending", 0))
