"""Lines of plain and packed files: numbers, ends, damaged bytes and damaged files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.sources.text import Line, read_lines, read_text, refuse_if_markup, stamp


def read(folder: Path, content: bytes) -> list[Line]:
    path = folder / "file.txt"
    path.write_bytes(content)
    return list(read_lines(path))


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\n\nb\n", ["a", "", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r\r\nb", ["a", "b"]),
        (b"\xef\xbb\xbfa\nb", ["a", "b"]),
        (b"a\n\xef\xbb\xbfb", ["a", "\ufeffb"]),
        (b" a \t\n", [" a \t"]),
        # Only a line feed ends a line: these stand inside real names.
        ("a\u2028b\x85c\x0bd\re\n".encode(), ["a\u2028b\x85c\x0bd\re"]),
    ],
)
def test_lines_and_their_numbers(tmp_path: Path, content: bytes, texts: list[str]) -> None:
    expected = [Line(number, text, False) for number, text in enumerate(texts, start=1)]

    assert read(tmp_path, content) == expected
    assert read(tmp_path, gzip.compress(content)) == expected


def test_damaged_bytes_are_marked_by_line(tmp_path: Path) -> None:
    assert read(tmp_path, b"a\nb\xa0c\n\xce\xb2\n") == [
        Line(1, "a", False),
        Line(2, "b\ufffdc", True),
        Line(3, "β", False),
    ]


def test_a_packed_file_may_have_several_parts(tmp_path: Path) -> None:
    assert [line.text for line in read(tmp_path, gzip.compress(b"a\nb") + gzip.compress(b"c\n"))] == ["a", "bc"]


PACKED = gzip.compress(b"a line\n" * 1000, mtime=0)


@pytest.mark.parametrize(
    "content",
    [
        PACKED[:-1],
        PACKED[:-12],
        PACKED[:2],
        PACKED[:9],
        PACKED[:20] + b"\xff\xff" + PACKED[22:],
        PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:],
        PACKED + b"rubbish",
        b"\x1f\x8b\x07" + PACKED[3:],
    ],
)
def test_damaged_packed_data_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileRefused, match=r"file\.txt: the gzip data are damaged or cut off: .*; fetch the file again"):
        read(tmp_path, content)


@given(st.integers(0, len(PACKED) - 1), st.integers(0, 255))
def test_a_changed_byte_is_noticed_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    content = PACKED[:place] + bytes([byte]) + PACKED[place + 1 :]
    try:
        found = read(folder, content)
    except FileRefused:
        return
    # The first two bytes say that it is gzip; without them it is a text of its own.
    assert place < 2 or [line.text for line in found] == ["a line"] * 1000


def test_a_file_that_cannot_be_opened_is_refused_by_name(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.txt", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(FileRefused, match=f"the file cannot be opened: found {why}") as caught:
            list(read_lines(path))
        assert str(path) in str(caught.value)
        with pytest.raises(FileRefused, match=why):
            stamp(path)


def test_the_stamp_is_of_the_bytes_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    found = stamp(path)

    # The digest of "abc" is the first example of FIPS 180-2.
    assert found.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (found.size, found.path) == (3, str(path))


@pytest.mark.parametrize(
    "first", ["<!DOCTYPE html>", "<!doctype HTML PUBLIC>", "  <html lang=en>", "<?xml version='1.0'?>"]
)
def test_a_web_page_is_refused(first: str) -> None:
    with pytest.raises(
        FileRefused, match=r"x\.obo:1: this is a web page.* expected an ontology, found .*; check the addr"
    ):
        refuse_if_markup(Path("x.obo"), first, "an ontology")


@pytest.mark.parametrize("first", ["", "!gaf-version: 2.2", "format-version: 1.2", "a <html>", "<h1>", "html"])
def test_other_first_lines_are_not(first: str) -> None:
    refuse_if_markup(Path("x.obo"), first, "an ontology")


PIECES = st.sampled_from(
    [b"a", b"\n", b"\r", b"\r\n", b"\t", b" ", b"\xff", b"\xc3", b"\xa4", b"\xef\xbb\xbf", "β\u2028\x85".encode()]
)


@given(st.lists(PIECES, max_size=12), st.booleans())
def test_a_whole_file_has_the_lines_of_a_streamed_one(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], packed: bool
) -> None:
    content = b"".join(pieces)
    path = tmp_path_factory.getbasetemp() / "whole.txt"
    path.write_bytes(gzip.compress(content) if packed else content)
    text = read_text(path)
    streamed = list(read_lines(path))

    assert [text.line(number) for number in range(1, len(text.lines) + 1)] == streamed
    assert text.stamp == stamp(path)


@pytest.mark.parametrize(
    "content", [PACKED[:-1], PACKED[:9], PACKED + b"rubbish", PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:]]
)
def test_damaged_packed_data_are_refused_at_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=r"file\.txt: the gzip data are damaged or cut off"):
        read_text(path)
