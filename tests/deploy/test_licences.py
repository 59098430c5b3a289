"""The bill of materials names a licence for every component, or says that it is unknown."""

from typing import Any

from tools.release.licences import licence_of, licences_in_words, name_unknown_licences


def component(name: str, *licences: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "licenses": list(licences)} if licences else {"name": name}


def test_licence_is_the_most_exact_that_the_metadata_states() -> None:
    classifier = {"license": {"name": "License :: OSI Approved :: BSD License"}}
    assert licence_of(component("a", {"license": {"id": "BSD-3-Clause"}}, classifier)) == "BSD-3-Clause"
    assert licence_of(component("b", {"expression": "MIT OR Apache-2.0"})) == "MIT OR Apache-2.0"
    assert licence_of(component("c", classifier)) == "License :: OSI Approved :: BSD License"
    assert licence_of(component("d")) == licence_of({"name": "e", "licenses": []}) == "unknown"


def test_unknown_licences_are_named_in_the_bill_and_in_words() -> None:
    mit = {"license": {"id": "MIT"}}
    bill = {
        "components": [
            component("zed"),
            component("a", mit),
            component("b", mit),
            component("c", {"license": {"id": "ISC"}}),
        ]
    }
    assert licences_in_words(bill) == "MIT 2, ISC 1, unknown: zed"
    assert name_unknown_licences(bill) == ["zed"]
    assert bill["components"][0]["licenses"] == [{"license": {"name": "unknown"}}]
    assert licences_in_words(bill) == "MIT 2, ISC 1, unknown: zed"
