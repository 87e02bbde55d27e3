"""Zip archives: the file that is read, and archives that are refused, in the reader and when a file is fetched."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dcell_graph.errors import FileRefused
from dcell_graph.sources.archive import is_zip, read_member, read_members
from dcell_graph.sources.catalogue import load_catalogue
from dcell_graph.sources.content import problem_with
from dcell_graph.sources.text import Line

FOLDER = "Data File S1. Raw genetic interaction datasets: Pair-wise interaction format"
ROW = "\t".join("abcdefghijk") + "\n"
FLAGS_LOCAL, FLAGS_CENTRAL = 6, 8  # where the flags stand after the signatures of the two headers of a member
METHOD_CENTRAL = 10
SIZE_PACKED, SIZE_CENTRAL = 20, 24


def packed(members: dict[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def write(folder: Path, content: bytes, name: str = "table.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def texts(path: Path, member: str | None = None) -> list[str]:
    return [line.text for line in read_member(path, member)]


def changed(content: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """Overwrite bytes after the first occurrence of a signature."""
    start = content.index(signature) + offset
    return content[:start] + value + content[start + len(value) :]


def files_below(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


@pytest.mark.parametrize(("name", "method"), [("a.zip", zipfile.ZIP_STORED), ("a.txt", zipfile.ZIP_DEFLATED)])
def test_a_member_is_found_by_its_file_name_in_any_folder(tmp_path: Path, name: str, method: int) -> None:
    members = {f"{FOLDER}/": "", f"{FOLDER}/SGA_NxN.txt": "one\r\ntwo", f"{FOLDER}/SGA_ExE.txt": "three\n"}
    path = write(tmp_path, packed({**members, "__MACOSX/._SGA_NxN.txt": "x"}, method), name)

    assert is_zip(path)
    assert list(read_member(path, "SGA_NxN.txt")) == [Line(1, "one", False), Line(2, "two", False)]
    assert texts(path, "SGA_ExE.txt") == ["three"]
    assert files_below(tmp_path) == {name}


def test_folders_tell_members_of_one_name_apart(tmp_path: Path) -> None:
    path = write(tmp_path, packed({"old/a.txt": "1", "new/a.txt": "2", "deep\\new\\b.txt": "3"}))

    with pytest.raises(FileRefused, match=r"2 files of that name: expected a\.txt, found 'old/a\.txt', 'new/a\.txt'"):
        texts(path, "a.txt")
    assert texts(path, "new/a.txt") == ["2"]
    assert texts(path, "new/b.txt") == ["3"]
    # Parts of names do not count.
    with pytest.raises(FileRefused, match="holds no such file"):
        texts(path, "w/a.txt")


def test_a_file_of_one_name_at_the_top_is_not_preferred(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"found 'a\.txt', 'old/a\.txt'"):
        texts(write(tmp_path, packed({"a.txt": "1", "old/a.txt": "2"})), "a.txt")


def test_without_a_name_the_only_file_is_taken(tmp_path: Path) -> None:
    assert texts(write(tmp_path, packed({"folder/": "", "folder/a.txt": "1\n2\n"}))) == ["1", "2"]
    two = write(tmp_path, packed({"a.txt": "1", "b.txt": "2"}))
    with pytest.raises(FileRefused, match=r"holds 2 files: .*found 'a\.txt', 'b\.txt'; name one of them with --member"):
        texts(two)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_the_very_same_name_are_ambiguous(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "1")
        archive.writestr("a.txt", "2")
    with pytest.raises(FileRefused, match="2 files of that name"):
        texts(write(tmp_path, content.getvalue()), "a.txt")


def test_a_missing_member_lists_what_is_there_in_one_safe_line(tmp_path: Path) -> None:
    names = ["../../etc/x", "new\nline", "\x1b[31mred", "/abs"] + [f"file{number}" for number in range(20)]
    path = write(tmp_path, packed(dict.fromkeys(names, "x")))

    with pytest.raises(FileRefused, match="holds no such file") as refused:
        texts(path, "SGA_NxN.txt")
    message = str(refused.value)
    assert "'../../etc/x', 'new\\nline', '\\x1b[31mred', '/abs', 'file0'" in message
    assert message.endswith("'file5', 14 more; name one of them with --member")
    assert "\n" not in message
    assert "\x1b" not in message
    assert files_below(tmp_path) == {"table.bin"}


def test_an_empty_archive_holds_no_file(tmp_path: Path) -> None:
    path = write(tmp_path, packed({}))
    assert is_zip(path)
    with pytest.raises(FileRefused, match="found no file"):
        texts(path, "a.txt")


def test_bytes_that_are_not_utf8_are_marked(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", b"\xef\xbb\xbfgood\nb\xa0d\n")
    assert list(read_member(write(tmp_path, content.getvalue()))) == [Line(1, "good", False), Line(2, "b\ufffdd", True)]


def encrypted(content: bytes) -> bytes:
    once = changed(content, b"PK\x03\x04", FLAGS_LOCAL, struct.pack("<H", 1))
    return changed(once, b"PK\x01\x02", FLAGS_CENTRAL, struct.pack("<H", 1))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (encrypted, "is encrypted"),
        (lambda content: content[:-30], "damaged or cut off"),
        (lambda content: content[: len(content) // 2], "damaged or cut off"),
        (lambda content: content.replace(b"unpacked", b"unpackeD"), "damaged or cut off: found Bad CRC-32"),
        (lambda content: changed(content, b"PK\x01\x02", METHOD_CENTRAL, b"\x0e\x00"), "way that is not read here"),
        (lambda content: changed(content, b"PK\x01\x02", SIZE_CENTRAL, struct.pack("<I", 2**31)), "inflates absurdly"),
        (lambda content: content.replace(b"a.txt", b"\0.txt"), "holds no such file"),
    ],
)
def test_archives_that_are_refused(tmp_path: Path, damage: Callable[[bytes], bytes], reason: str) -> None:
    whole = packed({"a.txt": "unpacked\n"}, zipfile.ZIP_STORED)
    path = write(tmp_path, damage(whole))

    with pytest.raises(FileRefused, match=reason) as refused:
        texts(path, "a.txt")
    assert str(path) in str(refused.value)
    assert texts(write(tmp_path, whole), "a.txt") == ["unpacked"]


def test_no_damaged_byte_gives_other_lines(tmp_path: Path) -> None:
    whole = packed({"d/a.txt": "some\ttext\n" * 5, "b.txt": "x\n"})
    outcomes = {"same": 0, "refused": 0}
    for place in range(len(whole)):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]):
            try:
                assert texts(write(tmp_path, damaged), "a.txt") == ["some\ttext"] * 5
                outcomes["same"] += 1
            except FileRefused:
                outcomes["refused"] += 1
    # Every cut is noticed; a changed byte in the other member or in a date is not.
    assert outcomes["refused"] > len(whole)
    assert outcomes["same"] > 20


def test_an_absurd_inflation_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    bomb = write(tmp_path, packed({"a.txt": "0\n" * 9_000_000}))
    with pytest.raises(FileRefused, match=r"'a\.txt' with [\d,]+ bytes that become 18,000,000") as refused:
        next(read_member(bomb, "a.txt"))
    assert "at most 100 times" in str(refused.value)


def test_a_compressed_size_beyond_the_file_does_not_hide_it(tmp_path: Path) -> None:
    bomb = packed({"a.txt": "0\n" * 9_000_000})
    claimed = changed(bomb, b"PK\x01\x02", SIZE_PACKED, struct.pack("<I", 18_000_000))
    with pytest.raises(FileRefused, match="inflates absurdly"):
        next(read_member(write(tmp_path, claimed), "a.txt"))


def test_much_text_of_few_bytes_is_read_while_it_is_small(tmp_path: Path) -> None:
    assert len(texts(write(tmp_path, packed({"a.txt": "0\n" * 100_000})))) == 100_000


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    # 1 MiB with its end is the longest; the second line has one byte more.
    path = write(tmp_path, packed({"a.txt": "x" * (2**20 - 1) + "\n" + "x" * 2**20 + "\n"}))
    lines = read_member(path)
    assert len(next(lines).text) == 2**20 - 1
    with pytest.raises(FileRefused, match=r"table\.bin:2: a line in the archive does not end"):
        next(lines)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"nothing\.zip: the file cannot be opened"):
        is_zip(tmp_path / "nothing.zip")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (packed({f"{FOLDER}/SGA_NxN.txt": ROW, "SGA_ExE.txt": "x"}), None),
        (b"<!DOCTYPE html>\n<html><body>moved</body></html>", "is a web page or an error message, not data"),
        (ROW.encode(), "is not a zip archive"),
        (b"", "is empty"),
        (packed({"SGA_ExE.txt": ROW}), "cannot be used: the archive holds no such file: expected SGA_NxN.txt, found"),
        (packed({"SGA_NxN.txt": "<html>\n"}), "is a web page"),
        (packed({"SGA_NxN.txt": ""}), "is empty"),
        (packed({"SGA_NxN.txt": "a\tb\n"}), "is not a sga-pairwise file: its 1 lines start with 'a\\tb'"),
        (packed({"SGA_NxN.txt": ROW})[:-1], "cannot be used: the zip archive is damaged or cut off"),
        (encrypted(packed({"SGA_NxN.txt": ROW})), "cannot be used: the file in the archive is encrypted"),
        (
            packed({"SGA_NxN.txt": ROW * 9}, zipfile.ZIP_STORED).replace(b"j\tk\n" + b"PK", b"j\tK\n" + b"PK"),
            "cannot be used: the zip archive is damaged or cut off: found Bad CRC-32",
        ),
    ],
)
def test_what_a_fetched_archive_has_to_be(tmp_path: Path, content: bytes, problem: str | None) -> None:
    found = problem_with(write(tmp_path, content), "sga-pairwise", "SGA_NxN.txt")
    assert found is None if problem is None else found is not None and found.startswith(problem)


def test_an_archive_that_is_not_looked_into(tmp_path: Path) -> None:
    assert problem_with(write(tmp_path, packed({"a": "x"})), "zip") is None
    assert problem_with(write(tmp_path, b"<html>PK</html>"), "zip") == "is not a zip archive"


def test_the_catalogue_names_the_table_of_the_pairwise_archive(tmp_path: Path) -> None:
    entry = load_catalogue().find("costanzo-2016", "measurements")
    assert (entry.format, entry.member) == ("sga-pairwise", "SGA_NxN.txt")
    assert all(address.endswith(".zip") for address in entry.addresses)


def test_all_files_of_an_archive_come_in_order_of_their_names(tmp_path: Path) -> None:
    path = write(tmp_path, packed({"b/": "", "b/x.json": "two", "a.json": "one"}))

    assert list(read_members(path)) == [("a.json", b"one"), ("b/x.json", b"two")]


def test_an_encrypted_file_among_several_refuses_the_archive(tmp_path: Path) -> None:
    content = packed({"a.json": "one", "b.json": "two"})
    path = write(tmp_path, changed(content, b"PK\x01\x02", FLAGS_CENTRAL, struct.pack("<H", 1)))

    with pytest.raises(FileRefused, match="the file in the archive is encrypted"):
        list(read_members(path))
