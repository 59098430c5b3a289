"""TLS for both services, and a context for addresses without TLS."""

import _ssl
import os
import re
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

import httpx

from jc1p.errors import ConfigError
from jc1p.runtime.bounded_read import LARGEST_TEXT, check_readable, read_bounded


class TlsFiles(NamedTuple):
    """PEM files of the configuration: additional authorities, and the client's certificate."""

    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


KNOWN_ONLY = TlsFiles()
PEM = re.compile(r"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?")


@cache
def tls_context(files: TlsFiles = KNOWN_ONLY) -> ssl.SSLContext:
    """One context for all clients with the same files: building one takes tens of milliseconds.

    Raises:
        ConfigError: a file can't be read or doesn't contain what it should; names the key or variable, and the file.
    """
    context = known_authorities()
    if files.ca_file:
        try:
            check_readable(files.ca_file, LARGEST_TEXT)
            context.load_verify_locations(files.ca_file)
        except (OSError, ValueError) as error:
            raise unusable("http.ca_file", files.ca_file, error, "certificate authorities in PEM form") from None
    if files.certificate:
        try:
            for part in filter(None, (files.certificate, files.key)):
                check_readable(part, LARGEST_TEXT)
            # With the password "" an encrypted key is an error instead of a prompt on the terminal.
            context.load_cert_chain(files.certificate, files.key, password="")
        except (OSError, ValueError) as error:
            what = "a certificate and its key in PEM form, without a passphrase"
            raise unusable("onepassword.client_certificate", files.certificate, error, what) from None
    return context


def known_authorities() -> ssl.SSLContext:
    """The usual authorities, or those of SSL_CERT_FILE and SSL_CERT_DIR. Raises ConfigError naming the variable."""
    try:
        if replaced := os.environ.get("SSL_CERT_FILE"):
            check_readable(Path(replaced), LARGEST_TEXT)
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:
        name = next((each for each in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(each)), None)
        if name is None:
            raise
        path = Path(os.environ[name])
        raise unusable(name, path, error, "certificate authorities in PEM form") from None


def first_end(path: Path) -> datetime | None:
    """The earliest end date of the certificates in a PEM file; None without certificates."""
    ends: list[datetime] = []
    for block in PEM.findall(read_bounded(path, LARGEST_TEXT).decode(errors="replace")):
        with NamedTemporaryFile("w", suffix=".pem") as one:
            one.write(block)
            one.flush()
            with suppress(ssl.SSLError, ValueError):
                told = _ssl._test_decode_cert(one.name)  # type: ignore[attr-defined] # noqa: SLF001 - nothing else can
                ends.append(datetime.fromtimestamp(ssl.cert_time_to_seconds(told["notAfter"]), UTC))
    return min(ends, default=None)


def unusable(name: str, path: Path, error: Exception, wanted: str) -> ConfigError:
    why = (
        f"it does not contain {wanted}"
        if isinstance(error, ssl.SSLError)
        else getattr(error, "strerror", None) or "unusable"
    )
    return ConfigError(f"{name}: cannot use {path}: {why}", hint=f"{name} must name a readable file with {wanted}.")


@cache
def no_tls_context() -> ssl.SSLContext:
    """For plain http addresses: it trusts no certificate, and is quick to build."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def is_loopback(url: str) -> bool:
    """True for localhost and loopback addresses, which must not go through a proxy."""
    host = httpx.URL(url).host
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
