"""Annotation files of every format: the content, never the name, says which reader reads them."""

from __future__ import annotations

from pathlib import Path

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.sources.annotation_file import Annotation, AnnotationFile, AnnotationFormat, AnnotationRow, Product
from dcell_graph.sources.archive import is_zip
from dcell_graph.sources.gaf import gaf_of
from dcell_graph.sources.gpad import gpad_of
from dcell_graph.sources.gpi import read_gpi
from dcell_graph.sources.header import stated_format
from dcell_graph.sources.memo import collector_paused
from dcell_graph.sources.sgd_json import looks_like_json, read_sgd_archive, read_sgd_folder, sgd_json_of
from dcell_graph.sources.text import read_text

__all__ = ["Annotation", "AnnotationFile", "AnnotationFormat", "AnnotationRow", "Product", "read_annotations"]


def read_annotations(path: Path, products: Path | None = None) -> AnnotationFile:
    """Read an annotation file, plain or gzip: GAF, GPAD or SGD's gene JSON; of the last also a folder or zip archive.

    Args:
        path: the file or folder.
        products: a GPI file that names the gene products of a GPAD file.

    Raises:
        FileRefused: none of these formats, damaged data, or not one row that can be kept.
        InputError: a GPI file is given beside a file that is not GPAD.
    """
    with collector_paused():
        file = _read(path, products)
    if products is not None and file.format != "GPAD":
        raise InputError(
            "a GPI file names the gene products of a GPAD file, not of this one", path=path, found=file.format
        )
    return file


def _read(path: Path, products: Path | None) -> AnnotationFile:
    if path.is_dir():
        return read_sgd_folder(path)
    if is_zip(path):
        return read_sgd_archive(path)
    text = read_text(path)
    if looks_like_json(text):
        return sgd_json_of(path, text)
    stated = stated_format(text)
    if stated == "GPI":
        raise FileRefused(
            "a GPI file holds names of gene products, no annotations",
            path=path,
            expected="a GAF, GPAD or SGD JSON file",
            hint="give it with --gpi beside a GPAD file",
        )
    if stated == "GPAD":
        return gpad_of(path, text, None if products is None else read_gpi(products))
    return gaf_of(path, text)
