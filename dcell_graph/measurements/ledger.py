"""What became of every row that is not a strain by itself: a table of any length, in the order of the rows.

Remarks come in two streams, refused rows as they are read and repeats as their genotypes are brought together. Both
wait in files that hold a range of rows each, so that one range at a time is put in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dcell_graph.measurements.grouping import Groups, Repeats

ROWS_A_RANGE = 500_000
SCHEMA = pa.schema(
    {"file": pa.string(), "line": pa.int64(), "outcome": pa.string(), "reason": pa.string(), "text": pa.string()}
)

Ints = npt.NDArray[np.int64]

_TEXTS: dict[Repeats, str] = {
    "average": "their mean is used",
    "first": "the first is used",
    "drop": "none of them is used",
    "refuse": "the file is refused",
}


class Ledger:
    """Remarks on rows, kept in files of a folder.

    Args:
        folder: an empty folder, which the caller removes.
        rows_a_range: how many rows of the tables are put in order at a time.
    """

    def __init__(self, folder: Path, rows_a_range: int = ROWS_A_RANGE) -> None:
        self._folder = folder
        self._rows_a_range = rows_a_range
        self._schema = SCHEMA.insert(0, pa.field("row", pa.int64()))
        self._ranges: set[int] = set()
        self._blocks = 0
        self.refused: Counter[str] = Counter()
        self.merged = 0

    def refuse(self, path: str, rows: Sequence[tuple[int, int, str, str]]) -> None:
        """Note rows that cannot be used: place among all rows, line, reason and text."""
        self.refused.update(reason for _, _, reason, _ in rows)
        places, lines, reasons, texts = zip(*rows, strict=True)
        self._keep(np.array(places, np.int64), [path] * len(rows), lines, ["refused"] * len(rows), reasons, texts)

    def repeat(self, groups: Groups, paths: Sequence[str], file_starts: Ints, repeats: Repeats) -> None:
        """Note the rows of genotypes that have several.

        Args:
            groups: genotypes with several rows each. With ``drop``, those in conflict are refused with all rows.
            paths: of the files.
            file_starts: place of the first row of each file.
            repeats: what is done with them.
        """
        rows, sizes = groups.rows, groups.sizes
        first = np.repeat(groups.starts, sizes)
        conflicting = np.repeat(groups.conflicting, sizes)
        dropped = conflicting & (repeats == "drop")
        noted = np.flatnonzero((np.arange(len(rows)) != first) | dropped)
        file = np.searchsorted(file_starts, rows.places[:, 0], side="right") - 1
        same = rows.values[noted] == rows.values[first[noted]]
        is_first, same_file = noted == first[noted], file[noted] == file[first[noted]]
        names = groups.names.take(pa.array(np.repeat(np.arange(len(groups)), sizes)[noted]))
        elsewhere = np.where(same_file, "", np.array([f" of {path}" for path in paths], object)[file[first[noted]]])
        kept = np.where(conflicting[noted], _TEXTS[repeats], _TEXTS["first" if repeats == "drop" else repeats])
        texts = pc.if_else(
            pa.array(is_first),
            pc.binary_join_element_wise(
                names, " stands in other lines too, with other values; none of them is used", ""
            ),
            pc.binary_join_element_wise(
                names,
                " stands in line ",
                pa.array(rows.places[first[noted], 1]).cast(pa.string()),
                pa.array(elsewhere.tolist(), pa.string()),
                pa.array(np.where(same, " already, with the same value; ", " already, with another value; ")),
                pa.array(kept.tolist(), pa.string()),
                "",
            ),
        )
        self.refused.update({"conflicting repeat": int(dropped.sum())} if dropped.any() else {})
        self.merged += int((~dropped[noted]).sum())
        self._keep(
            rows.places[noted, 0],
            np.array(list(paths), object)[file[noted]].tolist(),
            rows.places[noted, 1],
            np.where(dropped[noted], "refused", "merged").tolist(),
            np.where(conflicting[noted], "conflicting repeat", "repeat").tolist(),
            texts,
        )

    def tables(self) -> Iterator[pa.Table]:
        """All remarks in the order of the rows, in tables with the columns file, line, outcome, reason, text."""
        for number in sorted(self._ranges):
            tables = []
            for path in sorted(self._folder.glob(f"range-{number}-*")):
                with pa.OSFile(str(path), "rb") as file:
                    tables.append(pa.ipc.open_stream(file).read_all())
                path.unlink()
            table = pa.concat_tables(tables)
            yield table.take(pc.sort_indices(table["row"])).drop_columns(["row"])

    def _keep(self, rows: Ints, files: Any, lines: Any, outcomes: Any, reasons: Any, texts: Any) -> None:
        columns = [pa.array(rows), files, pa.array(lines, pa.int64()), outcomes, reasons, texts]
        table = pa.table(dict(zip(self._schema.names, columns, strict=True)), schema=self._schema)
        ranges = rows // self._rows_a_range
        for number in np.unique(ranges).tolist():
            self._ranges.add(number)
            self._blocks += 1
            path = self._folder / f"range-{number}-{self._blocks:09d}"
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, self._schema) as stream:
                stream.write_table(table.filter(pa.array(ranges == number)))
