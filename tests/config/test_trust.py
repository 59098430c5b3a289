"""A configuration that other users can change is refused if jc1p found it; ordinary machines are not affected."""

import os
import pwd
from collections import Counter
from pathlib import Path
from stat import S_IFDIR, S_IFLNK, S_IFREG

import pytest
from platformdirs import user_config_path

from jc1p.config import files, find_config, load_config
from jc1p.config.trust import Link, Place, is_on_read_only_mount, judge_place, look_at
from jc1p.errors import ConfigError
from jc1p.runtime.ownership import ROOT, FileAccess, Trust, is_private_group, trust_of

ME, STRANGER, OTHER_STRANGER, STAFF, MINE = 1000, 61001, 61002, 50, 1000
TEXT = "jumpcloud: {api_key: canary-5e77}\nonepassword: {scim_url: 'https://s.example.com', token: canary-5e78}\n"
TEXT += "scope: {groups: [A]}\n"
needs_root = pytest.mark.skipif(os.geteuid() != ROOT, reason="only root can make files of two users")


def trust(*users: int) -> Trust:
    """Trust in these users; each has its own group with the same number."""
    return Trust(frozenset({*users, ROOT}), is_private_group=lambda uid, gid: uid == gid)


def file(uid: int = ME, gid: int = MINE, mode: int = 0o644) -> FileAccess:
    return FileAccess(uid, gid, S_IFREG | mode)


def folder(uid: int = ME, gid: int = MINE, mode: int = 0o755) -> FileAccess:
    return FileAccess(uid, gid, S_IFDIR | mode)


def link(uid: int = ME, *, inside: FileAccess) -> Link:
    return Link(FileAccess(uid, uid, S_IFLNK | 0o777), inside)


# --- the decision -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (Place(file(STRANGER), folder()), f"it belongs to another user (uid {STRANGER})"),
        (Place(file(), folder(STRANGER)), "its folder is not protected: it belongs to another user"),
        (Place(file(mode=0o646), folder()), "every user can write to it"),
        (Place(file(), folder(mode=0o777)), "its folder is not protected: every user can write to it"),
        (Place(file(gid=STAFF, mode=0o664), folder()), "its group ("),
        (Place(file(), folder(gid=STAFF, mode=0o775)), "its folder is not protected: its group ("),
        (Place(file(STRANGER), folder(mode=0o1777)), "it belongs to another user"),
        (Place(file(mode=0o1666), folder()), "every user can write to it"),
        (Place(file(ROOT, ROOT), folder(), link(STRANGER, inside=folder(ROOT, ROOT, 0o1777))), "link of another"),
        (Place(file(ROOT, ROOT), folder(), link(STRANGER, inside=folder(STRANGER))), "a symbolic link of another user"),
        (Place(file(mode=0o666), folder(), is_mounted=True), "every user can write to it"),
        (Place(file(), folder(gid=STAFF, mode=0o775), is_mounted=True), "its group ("),
    ],
)  # fmt: skip
def test_what_others_can_change_is_refused(place: Place, why: str) -> None:
    assert why in judge_place(place, trust(ME))


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(Place(file(), folder()), id="this user's"),
        pytest.param(Place(file(ROOT, ROOT, 0o640), folder(ROOT, ROOT)), id="root's in /etc"),
        pytest.param(Place(file(mode=0o664), folder(mode=0o775)), id="umask 002 and a private group"),
        pytest.param(Place(file(), folder(ROOT, ROOT, 0o1777)), id="one's own in /tmp"),
        pytest.param(Place(file(), folder(), link(ME, inside=folder(ROOT, ROOT, 0o1777))), id="one's own link in /tmp"),
        pytest.param(Place(file(), folder(), link(STRANGER, inside=folder())), id="a link where only we write"),
        pytest.param(
            Place(file(ROOT, ROOT), folder(ROOT, ROOT), link(ROOT, inside=folder(ROOT, ROOT, 0o777))),
            id="a ConfigMap: its folder is open to all, the one behind ..data isn't",
        ),
        pytest.param(Place(file(ROOT, STAFF, 0o440), folder(ROOT, STAFF, 0o2755)), id="a Secret with an fsGroup"),
        pytest.param(
            Place(file(STRANGER), folder(STRANGER), link(STRANGER, inside=folder(STRANGER)), is_mounted=True),
            id="mounted read-only into a container, with the numbers of the host",
        ),
    ],
)  # fmt: skip
def test_ordinary_machines_are_fine(place: Place) -> None:
    assert judge_place(place, trust(ME)) == ""


def test_sudo_trusts_the_user_behind_it_and_only_root_can_say_who_that_is() -> None:
    mine = Place(file(), folder())
    assert judge_place(mine, trust_of({"SUDO_UID": str(ME)}, user=ROOT)) == ""
    for environment in ({}, {"SUDO_UID": str(STRANGER)}, {"SUDO_UID": "²"}, {"SUDO_UID": ""}):
        assert "belongs to another user" in judge_place(mine, trust_of(environment, user=ROOT))
    assert trust_of({"SUDO_UID": str(ME)}, user=STRANGER).users == {STRANGER, ROOT}


def test_private_group_is_the_owners_own_without_another_member() -> None:
    assert is_private_group(STRANGER, STRANGER)  # neither is known here, as in a container
    assert not is_private_group(STRANGER, OTHER_STRANGER)
    assert not is_private_group(STRANGER, ROOT)
    assert not is_private_group(ROOT, STRANGER)


def test_group_that_several_users_have_as_their_own_is_nobodys_alone() -> None:
    shared = Counter(user.pw_gid for user in pwd.getpwall())
    found = next((user for user in pwd.getpwall() if shared[user.pw_gid] > 1), None)
    if found is None:
        pytest.skip("every user of this machine has a group alone")
    assert not is_private_group(found.pw_uid, found.pw_gid)


# --- with real files ----------------------------------------------------------------------------------------


@pytest.fixture(name="here")
def folder_with_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, private, with ./jc1p.yaml in it."""
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    (tmp_path / "jc1p.yaml").write_text(TEXT)
    (tmp_path / "jc1p.yaml").chmod(0o600)
    return tmp_path


def refused(**environment: str) -> str:
    with pytest.raises(ConfigError, match="does not use") as caught:
        find_config(None, environment)
    assert caught.value.exit_code == 2
    assert "--config" in (caught.value.hint or "")
    return caught.value.message


@pytest.mark.parametrize(("whose", "mode"), [("jc1p.yaml", 0o602), (".", 0o777)])
def test_found_file_that_everyone_can_change_is_refused(here: Path, whose: str, mode: int) -> None:
    assert find_config(None, {}) == Path("jc1p.yaml")
    (here / whose).chmod(mode)
    assert "every user can write to it" in refused()


@needs_root
@pytest.mark.parametrize("whose", ["jc1p.yaml", "."])
def test_found_file_of_a_stranger_is_refused_and_sudo_trusts_who_is_behind_it(here: Path, whose: str) -> None:
    os.chown(here / whose, STRANGER, STRANGER)
    assert f"belongs to another user (uid {STRANGER})" in refused()
    assert find_config(None, {"SUDO_UID": str(STRANGER)}) == Path("jc1p.yaml")


@needs_root
def test_found_link_is_judged_at_its_target(here: Path) -> None:
    (elsewhere := here / "elsewhere").mkdir(mode=0o755)
    (here / "jc1p.yaml").rename(elsewhere / "real.yaml")
    (here / "jc1p.yaml").symlink_to("elsewhere/real.yaml")
    assert find_config(None, {}) == Path("jc1p.yaml")
    os.chown(elsewhere / "real.yaml", STRANGER, STRANGER)
    assert "it belongs to another user" in refused()
    os.chown(elsewhere / "real.yaml", 0, 0)
    elsewhere.chmod(0o777)
    assert "its folder is not protected" in refused()


@needs_root
def test_link_of_a_stranger_to_a_file_of_ours_is_refused(here: Path) -> None:
    """It would select the pair of accounts."""
    (own := here / "own").mkdir(mode=0o700)
    (here / "jc1p.yaml").rename(own / "production.yaml")
    (here / "jc1p.yaml").symlink_to(own / "production.yaml")
    os.chown(here / "jc1p.yaml", STRANGER, STRANGER, follow_symlinks=False)
    here.chmod(0o1777)
    assert "is a symbolic link of another user" in refused()


@needs_root
def test_file_of_the_users_configuration_folder_is_judged_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    place = user_config_path("jc1p") / "config.yaml"
    place.parent.mkdir(mode=0o755)
    place.write_text(TEXT)
    assert find_config(None, {}) == place
    os.chown(place, STRANGER, STRANGER)
    assert "belongs to another user" in refused()


@needs_root
def test_named_file_gets_one_warning_instead(here: Path) -> None:
    """As for root in a container with a folder of the host, which keeps the host's numbers."""
    for path in (here, here / "jc1p.yaml"):
        os.chown(path, STRANGER, STRANGER)
    for given, environment in ((Path("jc1p.yaml"), {}), (None, {"JC1P_CONFIG": "jc1p.yaml"})):
        loaded = load_config(find_config(given, environment), environment)
        (warning,) = [each for each in loaded.warnings if "Anyone who can change" in each]
        assert warning.startswith(f"jc1p.yaml: it belongs to another user (uid {STRANGER})")


def as_config_map(mounted: Path) -> Path:
    """As the kubelet writes one with an fsGroup: links, and a folder that all could write if it weren't mounted."""
    mounted.mkdir()
    (data := mounted / "..2026_11_26").mkdir()
    data.chmod(0o2755)
    (data / "config.yaml").write_text(TEXT)
    (data / "config.yaml").chmod(0o440)
    (mounted / "..data").symlink_to("..2026_11_26")
    (mounted / "config.yaml").symlink_to("..data/config.yaml")
    for path in (mounted, data, data / "config.yaml"):
        os.chown(path, -1, STRANGER)
    mounted.chmod(0o2777)
    return mounted / "config.yaml"


@needs_root
def test_config_map_is_found_and_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nowhere := tmp_path / "nowhere").mkdir()
    monkeypatch.chdir(nowhere)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(nowhere))
    monkeypatch.setattr(files, "SYSTEM_CONFIG", as_config_map(tmp_path / "jc1p"))
    assert find_config(None, {}) == tmp_path / "jc1p" / "config.yaml"
    assert load_config(tmp_path / "jc1p" / "config.yaml", {}).untrusted == ""


def test_file_where_containers_have_theirs_is_judged_as_any_other_unless_its_mount_is_read_only(here: Path) -> None:
    assert not look_at(here / "jc1p.yaml", mounted=here).is_mounted


def test_read_only_mount_is_known_by_the_system(tmp_path: Path) -> None:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    read_only = next((Path(m[1]) for m in mounts if "ro" in m[3].split(",") and Path(m[1]).is_dir()), None)
    if read_only is None:
        pytest.skip("nothing is mounted read-only here")
    assert (is_on_read_only_mount(read_only), is_on_read_only_mount(tmp_path)) == (True, False)


def test_pipe_that_was_named_is_nobody_elses() -> None:
    source, target = os.pipe()
    os.write(target, TEXT.encode())
    os.close(target)
    try:
        assert load_config(Path(f"/dev/fd/{source}"), {}).untrusted == ""
    finally:
        os.close(source)
