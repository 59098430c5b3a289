"""Secrets are masked in any spelling that a service may use, and no part of one is quoted."""

import base64
import html
import json
import time
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from jc1p.clients.http.responses import text_of
from jc1p.runtime.redaction import MASKED, NOT_SHOWN, SHARED, mask, quotable

TOKEN = "jca_Q7+x/9fW-canary=A2<z>k"
TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=12, max_size=60)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ECHOES = {
    "as it is": TOKEN,
    "base64": in_base64(TOKEN),
    "base64 of the header": in_base64(f"Bearer {TOKEN}"),
    "base64 with one more before": in_base64(f"x{TOKEN}"),
    "base64 with two more around": in_base64(f"xy{TOKEN}yx"),
    "base64 for addresses": base64.urlsafe_b64encode(f"Bearer {TOKEN}".encode()).decode(),
    "base64 in lines": base64.encodebytes(f"{'Authorization: Bearer ' * 2}{TOKEN}, from 10.0.0.1".encode()).decode(),
    "hexadecimal": TOKEN.encode().hex(),
    "percent": quote(TOKEN, safe=""),
    "percent in lower case": quote(TOKEN, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
    "percent for each": "".join(f"%{byte:02x}" for byte in TOKEN.encode()),
    "percent twice": quote(quote(TOKEN, safe=""), safe=""),
    "escaped for each": "".join(f"\\u{ord(each):04x}" for each in TOKEN),
    "escaped for each in upper case": "".join(f"\\u{ord(each):04X}" for each in TOKEN),
    "escaped twice": json.dumps(json.dumps("".join(f"\\u{ord(each):04x}" for each in TOKEN))),
    "slashes escaped": TOKEN.replace("/", "\\/"),
    "references": "".join(f"&#{ord(each)};" for each in TOKEN),
    "references in hexadecimals": "".join(f"&#x{ord(each):x};" for each in TOKEN),
    "html": html.escape(TOKEN),
    "tags between": "<b>".join(TOKEN[start : start + 3] for start in range(0, len(TOKEN), 3)),
    "blanks between": " ".join(TOKEN),
    "nothing visible between": "\u200b".join(TOKEN),
    "tags between base64": "<wbr>".join(in_base64(TOKEN)),
}  # fmt: skip


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("form", ["text", "message", "page"])
def test_token_is_masked_however_it_is_echoed(echo: str, form: str) -> None:
    body = {
        "text": f"invalid token: {echo} (sorry)",
        "message": json.dumps({"detail": f"invalid token: {echo} (sorry)"}),
        "page": f"<html><body><p>invalid token: {echo} (sorry)</p></body></html>",
    }[form]
    said = text_of(body.encode(), httpx.Headers(), hide=lambda text: quotable(text, [SecretStr(TOKEN)]))
    assert MASKED in said or said == NOT_SHOWN
    for each in (TOKEN, in_base64(TOKEN), quote(TOKEN, safe=""), TOKEN.encode().hex()):
        squeezed = said.replace(" ", "").replace("\\", "")
        assert not any(each[at : at + SHARED] in squeezed for at in range(len(each) - SHARED))


@pytest.mark.parametrize("echo", [each for name, each in ECHOES.items() if "twice" not in name and "<" not in each])
def test_words_around_an_echo_stay(echo: str) -> None:
    said = text_of(f"invalid token: {echo} (sorry)".encode(), httpx.Headers(),
                   hide=lambda text: quotable(text, [SecretStr(TOKEN)]))  # fmt: skip
    assert said.startswith("invalid token: ")
    assert "(sorry)" in said or "Authorization" not in said


@pytest.mark.parametrize("part", [TOKEN[:9], TOKEN[3:15].upper(), quote(TOKEN[2:12]), in_base64("ab" + TOKEN)[:16]])
def test_what_holds_a_part_of_a_token_is_not_quoted(part: str) -> None:
    assert quotable(f"invalid token: {part}…", [SecretStr(TOKEN)]) == NOT_SHOWN


def test_fewer_characters_are_no_part_of_it() -> None:
    assert quotable(f"beginning with {TOKEN[:5]}", [SecretStr(TOKEN)]) == f"beginning with {TOKEN[:5]}"
    assert quotable("no seat left, short", [SecretStr("short")]) == "no seat left, short"


@pytest.mark.parametrize("before", range(4))
@given(token=TOKENS)
def test_base64_is_masked_in_every_alignment(before: int, token: str) -> None:
    text = in_base64("é:.."[:before] + token + "!!")
    masked = mask(text, [SecretStr(token)])
    assert len(masked.replace(MASKED, "").rstrip("=")) <= len(text) - len(token)


@given(token=TOKENS, said=st.text(max_size=60))
def test_whatever_a_service_says_comes_back_without_the_token(token: str, said: str) -> None:
    for echo in (token, quote(token, safe=""), in_base64(f"Bearer {token}")):
        assert token not in quotable(f"{said}{echo}{said}", [SecretStr(token)]).replace(said, "")


@pytest.mark.parametrize(
    "page", ["<" * 16_000, "j<>" * 5_000, "jca_Q7 " * 2_000, "\\" * 16_000, "%25" * 5_000, " " * 16_000]
)
def test_odd_pages_take_no_long_time(page: str) -> None:
    began = time.process_time()
    text_of(page.encode(), httpx.Headers(), hide=lambda text: quotable(text, [SecretStr(TOKEN)]))
    assert time.process_time() - began < 1
