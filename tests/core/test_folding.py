"""When names are the same, and when they only look alike."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jc1p.core.folding import all_matching, blur, fits_glob, fold, fold_all, matches_any, tidy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "aNN"), ("a\u00a0 b", "A b"), ("  x\t", "X"), ("e\u0301", "\u00c9"), ("I\u0307", "\u0130"),
        ("a\u2003b", "a b"), ("\u212b", "\u00e5"),
    ],
)  # fmt: skip
def test_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ß", "ss"),
        ("\u017f", "s"),
        ("ﬁ", "fi"),
        ("\uff21", "a"),
        ("\u210c", "h"),
        ("²", "2"),
        ("a\u200bb", "ab"),
        ("a\u00adb", "ab"),
        ("\u202aab\u202c", "ab"),
        ("e\u200d\u0301", "\u00e9"),
    ],
)
def test_alike_is_not_the_same(one: str, other: str) -> None:
    assert fold(one) != fold(other)
    assert blur(one) == blur(other)


@given(st.text())
def test_folding_twice_changes_nothing_and_what_is_the_same_looks_alike(text: str) -> None:
    assert fold(fold(text)) == fold(text) == fold(tidy(text)) == fold(unicodedata.normalize("NFD", text))
    assert blur(fold(text)) == blur(text)


def test_a_folded_text_is_not_copied() -> None:
    address = "ann.lee@example.com"
    assert fold(address) is address


ODD = st.sampled_from(["", " ", "|", "a|B", "Ann  Lee", "\u00c1nn@x", "A\u0301nn@x", "\x00", "A\nb"])


@given(st.lists(st.one_of(st.just("Ann@Example.com"), ODD, st.text()), max_size=80))
def test_texts_are_folded_together_as_one_by_one(texts: list[str]) -> None:
    assert fold_all(texts) == [fold(text) for text in texts]


@given(st.sets(st.text("aB*?|")), st.lists(st.text("aB*?|"), max_size=3))
def test_texts_match_entries_together_as_one_by_one(texts: set[str], entries: list[str]) -> None:
    folded = set(fold_all(list(texts)))
    assert all_matching(folded, entries) == {text for text in folded if matches_any(text, entries)}


@pytest.mark.parametrize("pattern", ["ΠΩΛΗΣ*", "πωλησ*", "*ΗΣ??Σ", "ΠΩΛΗΣΕΙΣ*"])
def test_pattern_may_end_within_a_greek_word(pattern: str) -> None:
    """The lower case of Σ depends on the letters that follow, and a pattern lacks them."""
    assert matches_any("Πωλησεις", [pattern])
    assert fits_glob("ΠΩΛΗΣΕΙΣ", pattern)
