"""Damaged and hostile files against every reader and loader: no crash, no hang, no memory without bound.

    python bench/fuzz.py [--inputs 300] [--seed 0] [--only NAME] [--memory 2048]
    python bench/fuzz.py --guided 60 [--only NAME] [--memory 2048]

For each reader it makes so many inputs: a sound file with bytes changed, cut, doubled, moved or replaced by what
readers trip over, packed or not, or bytes at random. Each reader works in a process of its own with a limit of memory
(MB above what it starts with). An input counts as passed if it is read, or refused with a sentence of this package that
names the file. Prints one line a reader: inputs, read, refused, refused with a line, longest time, most memory. Ends
with status 1 if anything else happened, after saying which input it was; --seed and --only bring it back.

With --guided each reader of a single file is tried for so many seconds by atheris (``pip install atheris``, not among
the requirements), which goes after inputs that reach new code; it writes what failed into the current folder.
"""

from __future__ import annotations

import argparse
import gzip
import io
import multiprocessing
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FunctionType

sys.path.insert(0, str(Path(__file__).parent.parent))  # the sound files are those of the tests

from dcell_graph.errors import DcellGraphError
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.split_kinds import SplitConfig
from dcell_graph.measurements.split_store import load_split, make_split
from dcell_graph.measurements.storage import import_tables, read_dataset, read_findings, write_dataset
from dcell_graph.snapshot.exchange.formats import FORMATS, export_snapshot, import_snapshot
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import read_snapshot, write_snapshot
from dcell_graph.sources.annotations import read_annotations
from dcell_graph.sources.genome import read_features, read_gene_list
from dcell_graph.sources.gpi import read_gpi
from dcell_graph.sources.obo import read_obo
from dcell_graph.sources.spool import spool_gaf
from dcell_graph.sources.term_list import read_term_list
from dcell_graph.sources.world import WorldConfig, write_world
from tests.gpad_files import GOOD_NAMES, GOOD_ROW, GPAD_2, GPI_2
from tests.json_files import on_lines, record
from tests.snapshots import random_snapshot

SLOWEST = 20.0  # seconds for one input
ODD = [
    *(
        b"\t",
        b"\n",
        b"\r",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b'"',
        b"|",
        b"[",
        b"{",
        b"<",
        b"!",
        b"&e;",
        b"NaN",
        b"-1",
    ),
    *(b"9" * 400, b"1e999", b"../../x", b"GO:9000001", b"[" * 3_000, b"<graph>" * 50, b"\n" * 2_000, b"\xed\xa0\x80"),
]


@dataclass(frozen=True)
class Target:
    """A reader with the file or folder of files that it takes."""

    name: str
    sound: Path
    read: Callable[[Path], object]


def _spooled(path: Path) -> object:
    folder = path.with_name("parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return [part.kept for part in spool_gaf(path, folder).read()]


def _imported(source_format: str) -> Callable[[Path], object]:
    def read(path: Path) -> object:
        datasets = path.with_name("datasets")
        shutil.rmtree(datasets, ignore_errors=True)
        return import_tables([path], Request(source_format=source_format), datasets=datasets, name="x")

    return read


def _checkpoint(snapshot: Snapshot) -> Callable[[Path], object]:
    def read(path: Path) -> object:
        from dcell_graph.train.checkpoint import load_checkpoint

        return load_checkpoint(path, snapshot)

    return read


def _resumption(path: Path) -> object:
    from dcell_graph.train.resume import read_resumption

    return read_resumption(path)


def targets(folder: Path) -> list[Target]:
    """All readers, with sound files that are made here."""
    files = write_world(WorldConfig(seed=1, n_terms=50, n_genes=30, n_strains=40), folder / "world")
    snapshot = random_snapshot(3, n_terms=8, n_genes=9, n_pairs=20)
    made: list[Target] = []

    def add(name: str, sound: Path, read: Callable[[Path], object]) -> None:
        made.append(Target(name, sound, read))

    def text(name: str, content: str) -> Path:
        path = folder / name
        path.write_text(content, encoding="utf-8")
        return path

    add("ontology, OBO", files.ontology, read_obo)
    add("annotations, GAF", files.sgd_gaf, read_annotations)
    add("annotations, GAF in parts", files.sgd_gaf, _spooled)
    add("annotations, GPAD", text("a.gpad", GPAD_2 + 3 * ("\t".join(GOOD_ROW.values()) + "\n")), read_annotations)
    add("products, GPI", text("a.gpi", GPI_2 + "\t".join(GOOD_NAMES.values()) + "\n"), read_gpi)
    gene = on_lines([record(), record(go__go_id="GO:9000003")])
    add("annotations, SGD JSON", text("a.json", gene), read_annotations)
    archive = folder / "genes.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("genes/a.json", gene)
    add("annotations, zip of JSON", archive, read_annotations)
    add("genes", files.features, read_features)
    add("gene list", files.gene_list, read_gene_list)
    add("list of terms", text("terms.txt", "GO:0008150\nGO:9000001\n"), read_term_list)
    add("measurements, dcell", text("dcell.txt", "A\tB\t0.5\nA\tC\t-0.25\nB\tC\t1e-3\n" * 3), _imported("dcell"))
    pairs = "gene_a\tgene_b\tscore\nA\tB\t0.5\nA\tC\t0.25\nB\tC\t0.125\n"
    add("measurements, pairs", text("pairs.tsv", pairs), _imported("pairs"))
    add("measurements, trigenic", files.trigenic, _imported("sga-trigenic"))
    for name, entry in FORMATS.items():
        if entry.read is not None:
            exported = folder / f"exported{entry.ending}"
            export_snapshot(snapshot, exported, name)
            add(f"snapshot, {name}", exported, lambda path, name=name: import_snapshot(path, name))  # type: ignore[misc]
    write_snapshot(snapshot, folder / "snapshot")
    add("snapshot, our folder", folder / "snapshot", read_snapshot)
    import_tables([folder / "pairs.tsv"], Request(source_format="pairs"), datasets=folder / "sets", name="set")
    make_split(folder / "sets" / "set", "half", SplitConfig(kind="random", fractions=(0.5, 0.0, 0.5)))
    add("dataset", folder / "sets" / "set", lambda path: (read_dataset(path), read_findings(path)))
    add("split", folder / "sets" / "set", lambda path: load_split(path, "half"))
    _add_models(folder, add)
    return made


def _add_models(folder: Path, add: Callable[[str, Path, Callable[[Path], object]], None]) -> None:
    from typer.testing import CliRunner

    from dcell_graph.train.__main__ import app
    from tests.training import ALL_PAIRS, pairs_dataset, six_terms

    write_snapshot(six_terms(), folder / "six")
    write_dataset(pairs_dataset(folder, ALL_PAIRS), folder / "six-pairs")
    run = folder / "run"
    options = ["--snapshot", str(folder / "six"), "--dataset", str(folder / "six-pairs"), "--out", str(run)]
    trained = CliRunner().invoke(app, [*options, "--epochs", "1", "--threads", "1"])
    assert trained.exit_code == 0, trained.output
    for name in ("checkpoint.json", "model.safetensors"):
        (folder / "checkpoint").mkdir(exist_ok=True)
        shutil.copy(run / name, folder / "checkpoint" / name)
    (folder / "resume").mkdir()
    shutil.copy(run / "resume.safetensors", folder / "resume" / "resume.safetensors")
    add("checkpoint", folder / "checkpoint", _checkpoint(six_terms()))
    add("run to resume", folder / "resume", _resumption)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """A file that is a little, or altogether, something else."""
    kind = chance.randrange(12)
    if kind == 0:
        return chance.randbytes(chance.randrange(2_000))
    if kind == 1:
        return content[: chance.randrange(len(content) + 1)]
    if kind == 2:
        return gzip.compress(content)[: chance.randrange(20, len(content) + 40)]
    if kind == 3:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(chance.choice(["a", "../a", "/a", "a" * 300]), content)
        return packed.getvalue()
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(content) + 1)
        end = min(len(content), place + chance.choice([0, 1, 1, 3, 40]))
        put = chance.choice(
            [chance.choice(ODD), bytes([chance.randrange(256)]), content[place : place + 200] * 3, b"", content[:60]]
        )
        content = content[:place] + put + content[end:]
    return gzip.compress(content) if kind == 4 else content


def damage(sound: Path, place: Path, chance: random.Random) -> None:
    """Put a damaged copy of a file, or of a folder of which one file is damaged, in a place."""
    if sound.is_file():
        place.write_bytes(damaged(sound.read_bytes(), chance))
        return
    shutil.copytree(sound, place)
    chosen = chance.choice(sorted(path for path in place.rglob("*") if path.is_file()))
    if chance.randrange(10) == 0:
        chosen.unlink()
    else:
        chosen.write_bytes(damaged(chosen.read_bytes(), chance))
    manifest = place / "manifest.json"
    if manifest.is_file() and chosen.suffix == ".parquet" and chosen.is_file() and chance.randrange(2):
        _approve(manifest, sound / chosen.relative_to(place), chosen)


def _approve(manifest: Path, before: Path, after: Path) -> None:
    """Let the manifest state the checksum of the damaged table, as one who means harm would."""
    import hashlib

    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (before, after)]
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(*sums), encoding="utf-8")


def work(target: Target, inputs: int, seed: int, megabytes: int, answers: Connection) -> None:
    """Try the inputs one after the other; tell of each when it has passed."""
    with tempfile.TemporaryDirectory() as name:
        target.read(target.sound)  # what it imports is not its memory
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + (megabytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(inputs):
            place = Path(name) / f"input-{number}"
            damage(target.sound, place, random.Random(f"{seed} {target.name} {number}"))
            began, outcome = time.perf_counter(), "read"
            try:
                target.read(place)
            except DcellGraphError as error:
                outcome = "refused" if error.line is None else "refused with a line"
                if place.name not in str(error):
                    outcome = f"does not name the file: {error}"
            except BaseException:
                outcome = traceback.format_exc()
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start
            answers.send((number, outcome, time.perf_counter() - began, most / 1024))
            for left in Path(name).iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    answers.send(None)


def campaign(target: Target, inputs: int, seed: int, megabytes: int) -> bool:
    """Try the inputs in another process, and print what became of them."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=work, args=(target, inputs, seed, megabytes, theirs))
    process.start()
    theirs.close()
    counts: dict[str, int] = {}
    slowest = most = 0.0
    bad: list[str] = []
    done = 0
    while True:
        if not ours.poll(SLOWEST):
            bad.append(f"input {done} takes longer than {SLOWEST:.0f} s")
            process.kill()
            break
        try:
            answer = ours.recv()
        except EOFError:
            bad.append(f"input {done} ended the process")
            break
        if answer is None:
            break
        number, outcome, seconds, megabytes_used = answer
        done = number + 1
        slowest, most = max(slowest, seconds), max(most, megabytes_used)
        if outcome in ("read", "refused", "refused with a line"):
            counts[outcome] = counts.get(outcome, 0) + 1
        else:
            bad.append(f"input {number}: {outcome}")
    process.join()
    told = ", ".join(f"{counts.get(kind, 0)} {kind}" for kind in ("read", "refused", "refused with a line"))
    print(f"{target.name:<28} {done:>7,} inputs: {told}; at most {slowest:.2f} s and {most:.0f} MB", flush=True)
    for text in bad[:3]:
        print(f"  FAILED {text}", flush=True)
    return not bad


def _functions(name: str, module: object) -> Iterator[FunctionType]:
    """The functions and methods of a module of the package."""
    if not name.startswith(("dcell_graph.sources", "dcell_graph.measurements", "dcell_graph.snapshot")):
        return
    for value in list(vars(module).values()):
        inside = list(vars(value).values()) if isinstance(value, type) and value.__module__ == name else [value]
        yield from (one for one in inside if isinstance(one, FunctionType) and one.__module__ == name)


def guide(target: Target, seconds: int, seed: int, megabytes: int) -> None:
    """Let atheris try a reader in this process, and end it."""
    import atheris

    for function in {function for name, module in list(sys.modules.items()) for function in _functions(name, module)}:
        atheris.instrument_func(function)
    with tempfile.TemporaryDirectory() as name:
        corpus, place = Path(name) / "corpus", Path(name) / "input"
        corpus.mkdir()
        shutil.copy(target.sound, corpus / "sound")

        def once(content: bytes) -> None:
            place.write_bytes(content)
            try:
                target.read(place)
            except DcellGraphError as error:
                if place.name not in str(error):
                    raise RuntimeError("the file is not named") from error

        limits = [
            f"-max_total_time={seconds}",
            f"-rss_limit_mb={megabytes}",
            f"-timeout={SLOWEST:.0f}",
            f"-seed={seed + 1}",
        ]
        atheris.Setup([sys.argv[0], *limits, "-print_final_stats=1", "-max_len=20000", str(corpus)], once)
        atheris.Fuzz()


def guided(target: Target, seconds: int, seed: int, megabytes: int) -> bool:
    """Let atheris try a reader in another process."""
    print(f"{target.name}: {seconds} s guided", flush=True)
    process = multiprocessing.Process(target=guide, args=(target, seconds, seed, megabytes))
    process.start()
    process.join()
    return process.exitcode == 0


def main() -> None:
    """Try every reader."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=300, help="for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="readers whose name has this in it")
    parser.add_argument("--memory", type=int, default=2_048, help="MB that a reader may take")
    parser.add_argument("--guided", type=int, help="seconds for each reader of a single file, with atheris")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        chosen = [target for target in targets(Path(name)) if (options.only or "") in target.name]
        if options.guided:
            files = [target for target in chosen if target.sound.is_file()]
            passed = [guided(target, options.guided, options.seed, options.memory) for target in files]
            sys.exit(0 if all(passed) else 1)
        passed = [campaign(target, options.inputs, options.seed, options.memory) for target in chosen]
    print(f"{options.inputs * len(chosen):,} inputs, {passed.count(False)} of {len(chosen)} readers failed")
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
