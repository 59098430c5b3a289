"""The problems that `make docs-check` finds in pages; it checks the real pages, these tests don't."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tools.docs.check import check_commands, check_exit_codes, check_index, check_sections, check_shown
from tools.docs.mentions import check_links, check_mentions
from tools.docs.pages import Page, Problem, all_pages, read_page, slug_of
from tools.docs.pictures import PICTURES, Picture, path_of, svg
from tools.docs.reference import check_generated, renewed
from tools.docs.sessions import check_sessions, is_shown
from tools.docs.shell import calls
from tools.docs.words import check_word_files, check_words, word_files
from tools.docs.yaml_blocks import check_examples, check_yaml


def page(tmp_path: Path, text: str) -> Page:
    return Page(tmp_path / "page.md", text)


def told(problems: Iterable[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


# --- links ----------------------------------------------------------------------------------------------------


def test_link_to_what_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Its title\n\n## Twice\n\n## Twice\n")
    good = "[a](other.md) [b](other.md#its-title) [c](other.md#twice-1) [d](#here) [e](https://example.com)\n\n# Here\n"
    assert told(check_links(page(tmp_path, good))) == []
    bad = "fine\n\n[a](gone.md)\n\n[b](other.md#no-such)\n\n[c](#nowhere)\n\n[d](http://example.com)\n"
    assert told(check_links(page(tmp_path, bad))) == [
        "page.md:3: gone.md: there is no such file",
        "page.md:5: other.md#no-such: there is no such heading",
        "page.md:7: #nowhere: there is no such heading",
        "page.md:9: http://example.com: no link for a page",
    ]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("jc1p users list", "jc1p-users-list"),
        ("What isn't here, and why?", "what-isnt-here-and-why"),
        ("a_b `c`", "a_b-c"),
    ],
)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    assert slug_of(heading.replace("`", "")) == anchor


# --- what is mentioned ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("`jc1p sync --dry-rum`", "No such option"),
        ("`jc1p users lst`", "No such command"),
        ("`--dry-rum`", "no command has this option"),
        ("`guard.suspension`", "no such key"),
        ("`users.protected: [ann@example.com]` and `user.protected` and `users.grace`", "no such key"),
        ("It exits with 7.", "exit code 7 is none of ours"),
        ("`test_nothing_of_the_kind`", "no such test"),
        ("| a |\n|---|\n| `jc1p plan --bogus` |\n", "No such option"),
    ],
)
def test_mention_of_what_does_not_exist_is_told(tmp_path: Path, text: str, words: str) -> None:
    (only,) = told(check_mentions(page(tmp_path, text)))
    assert words in only


def test_mention_of_what_exists_is_fine(tmp_path: Path) -> None:
    commands = "`jc1p`, `jc1p config`, `jc1p apply`, `jc1p sandbox --fault`, `jc1p plan --limit N`"
    others = "`--allow suspensions=12`, `guard.empty_source: allow`, `users.attributes.userName`, `users.readonly`"
    text = f"{commands}, {others}, exit code 4, exits 130, `test_cli.py`"
    assert told(check_mentions(page(tmp_path, text))) == []


# --- blocks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("jc1p sync --bogus", "No such option: --bogus"),
        ("JC1P_CONFIG=x jc1p plan -o xml | jq .", "'xml' is not one of"),
        ("cd x && jc1p apply", "Missing argument 'FILE'"),
        ("make everything", "no target everything"),
        ("jc1p why 'ann", "No closing quotation"),
    ],
)
def test_command_that_would_be_refused_is_told(tmp_path: Path, line: str, words: str) -> None:
    (only,) = told(check_sessions(page(tmp_path, f"```sh\n{line}\n```\n")))
    assert words in only
    assert only.startswith("page.md:2:")


def test_programs_of_a_line_are_told_apart() -> None:
    found = [
        (call.program, call.words[1:], call.is_plain)
        for call in calls("A=1 /opt/bin/jc1p plan -o json 2>&1 > x | jq .")
    ]
    assert found == [("jc1p", ("plan", "-o", "json"), False), ("jq", (".",), False)]


def test_session_is_run_and_what_it_shows_compared(tmp_path: Path) -> None:
    def session(shown: str, orders: str = "{}") -> list[str]:
        return told(check_sessions(page(tmp_path, f"<!-- check: {orders} -->\n```console\n{shown}\n```\n")))

    assert session("$ jc1p config check\njc1p.yaml: ok\n$ jc1p config check\n…") == []
    assert session("$ jc1p config check\n…: ok", "{folder: empty, exit: 2}") != []
    (wrong,) = session("$ jc1p config check\njc1p.yaml: fine")
    assert "doesn't say what is shown" in wrong
    (failed,) = session("$ jc1p sync --dry-run", "{bridge: {provisioning: false}, more: 'http: {attempts: 1}'}")
    assert "exits 1, not 0" in failed
    (unknown,) = session("$ jc1p config check", "{exist: 2}")
    assert "there is no order exist" in unknown


@pytest.mark.parametrize(
    ("shown", "said", "is_so"),
    [
        (["one", "two"], "one\ntwo\n", True),
        (["one"], "one\ntwo\n", False),
        (["…", "two"], "one\nand\ntwo\n", True),
        (["o… of …"], "one of 7\n", True),
        (["a.c"], "abc\n", False),
    ],
)
def test_dots_stand_for_anything(shown: list[str], said: str, is_so: bool) -> None:
    assert is_shown(shown, said) is is_so


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("yaml\nguard: {suspension: 3}", "did you mean suspensions?"),
        ("yaml\nscope: {groups: []}\nstate: [", "this is no YAML"),
        ("yaml\njumpcloud: {client_id: x}", "the credential is missing"),
        ("json\n{", "this is no JSON"),
    ],
)
def test_configuration_that_would_be_refused_is_told(tmp_path: Path, block: str, words: str) -> None:
    (only,) = told(check_yaml(page(tmp_path, f"```{block}\n```\n")))
    assert words in only


@pytest.mark.parametrize(
    "block",
    [
        "yaml\nguard: {suspensions: 3}",
        "yaml\nscope:\n  groups: [Engineering]",
        "yaml\nstate:\n  path:    # the default",
        "yaml\njumpcloud: {api_key: '${KEY}', org_id: '${ORG}'}\ngroups: {push: off}",
        "yaml\non: push\njobs: {}",
        'json\n{"a": …}',
    ],
)
def test_parts_of_a_configuration_and_other_files_are_fine(tmp_path: Path, block: str) -> None:
    assert told(check_yaml(page(tmp_path, f"```{block}\n```\n"))) == []


def test_every_key_has_an_example_that_is_taken() -> None:
    assert told(check_examples()) == []


# --- pages together -------------------------------------------------------------------------------------------------


def test_page_that_the_index_leaves_out_is_told(tmp_path: Path) -> None:
    for name in ("linked.md", "left-out.md", "README.md"):
        (tmp_path / name).touch()
    index = Page(tmp_path / "README.md", "[a](linked.md)")
    assert told(check_index(index, tmp_path)) == ["README.md:1: it doesn't link left-out.md"]


def test_picture_that_no_page_shows_is_told(tmp_path: Path) -> None:
    for name in ("shown.svg", "forgotten.svg"):
        (tmp_path / name).touch()
    found = told(check_shown([page(tmp_path, "![what it shows](shown.svg)")], tmp_path))
    assert found == ["docs/pictures/forgotten.svg:1: no page shows this picture"]


def test_exit_codes_are_all_in_the_table_and_none_is_made_up(tmp_path: Path) -> None:
    rows = "".join(f"| {code} | x |\n" for code in (0, 1, 2, 3, 4, 5, 130, 7))
    found = told(check_exit_codes(page(tmp_path, rows)))
    assert found == ["page.md:1: exit code 6 is missing", "page.md:1: exit code 7 is made up"]


def test_command_and_section_that_are_left_out_are_told(tmp_path: Path) -> None:
    short = page(
        tmp_path, "[x](#jc1p-sync)\n\n<!-- generated: configuration guard -->\n<!-- end of configuration guard -->\n"
    )
    commands = told(check_commands(short))
    assert any(line.endswith("doesn't link jc1p users list") for line in commands)
    assert not any(line.endswith("jc1p sync") for line in commands)
    sections = told(check_sections(short))
    assert any("the section scope has no table" in line for line in sections)
    assert not any("the section guard" in line for line in sections)


# --- generated ------------------------------------------------------------------------------------------------------


def test_generated_part_that_the_code_has_left_behind_is_told_and_renewed(tmp_path: Path) -> None:
    old = page(
        tmp_path, "By hand.\n\n<!-- generated: configuration guard -->\n| old |\n<!-- end of configuration guard -->\n"
    )
    (only,) = told(check_generated(old))
    assert "page.md:3: the part configuration guard is out of step" in only
    new = page(tmp_path, renewed(old))
    assert told(check_generated(new)) == []
    assert new.text.startswith("By hand.")
    assert "`guard.suspensions`" in new.text
    nobodys = page(tmp_path, "<!-- generated: nonsense -->\n<!-- end of nonsense -->\n")
    assert told(check_generated(nobodys)) == ["page.md:1: nobody writes a part called nonsense"]


def test_pictures_show_what_is_said_and_call_nobody() -> None:
    drawn = svg(
        Picture("x", ("plan",)),
        "\x1b[31m<script>alert(1)</script>\x1b[0m at 127.0.0.1:40123\n6 JumpCloud requests, 1.3 s",
    )
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "127.0.0.1:8001" in drawn
    assert "requests" not in drawn
    texts = [drawn, *(path_of(picture).read_text() for picture in PICTURES)]
    assert [word for text in texts for word in ("url(http", "@import", "@font-face", "href=") if word in text] == []


def test_words_that_jc1p_does_not_use_are_found_in_prose_but_not_in_code_or_generated_parts(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(
        "1Password is in step.\n\n`nobody` is a user.\n\n<!-- generated: x -->\nMend it.\n<!-- end of x -->\n\n"
        "Nobody left.\n\nPeople are told.\n\nPeople > Groups\n"
    )
    found = [str(problem) for problem in check_words(read_page(path))]
    assert found == [
        'page.md:1: "in step": write in sync',
        'page.md:9: "Nobody": write users, accounts, groups, members, admins',
        'page.md:11: "People": write users, accounts',
        'page.md:11: "told": write show, list, notify, report',
    ]


def test_no_page_has_such_a_word_not_even_a_decision() -> None:
    pages = all_pages()
    names = {page.name for page in pages}
    assert {"docs/adr/0012-notifications.md", ".github/pull_request_template.md", "bench/results.md"} <= names
    assert [str(problem) for page in pages for problem in check_words(page)] == []


def test_no_file_that_users_copy_or_read_has_such_a_word() -> None:
    names = {path.name for path in word_files()}
    assert {"config.example.yaml", "bug.yml", ".gitlab-ci.yml", "jc1p.service", "jc1p-cron", "NOTES.txt"} <= names
    assert [str(problem) for problem in check_word_files()] == []
