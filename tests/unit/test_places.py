"""Where a row stands when its number is not the line of one file."""

from __future__ import annotations

from dcell_graph.sources.places import places_of


def test_numbers_that_go_on_from_file_to_file() -> None:
    # a.json has 5 lines, so line 2 of b.json is number 7.
    places = places_of([(2, "a.json", 2), (4, "a.json", 4), (7, "b.json", 2), (9, "b.json", 4)], lines_counted=True)
    assert (places.first, places.names, places.lines) == ((2, 7), ("a.json", "b.json"), (2, 2))
    assert [places.of(number) for number in (1, 2, 3, 4, 7, 9)] == [
        None,
        "a.json:2",
        "a.json:3",
        "a.json:4",
        "b.json:2",
        "b.json:4",
    ]


def test_numbers_that_count_records() -> None:
    places = places_of([(1, "a", 1), (2, "a", 1), (3, "b", 1), (4, "b", 6)], lines_counted=False)
    assert [places.of(number) for number in (1, 2, 3, 4)] == ["a:1", "a:1", "b:1", "b:6"]
    assert places_of([(1, "", 3), (2, "", 3)], lines_counted=False).of(2) == "line 3"
