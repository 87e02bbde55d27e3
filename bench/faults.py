"""What dies, or has no room, in the middle of its work: the same command again ends as if nothing had happened.

    python bench/faults.py [--points 20] [--seed 1] [--only loader|server|trainer|app|pairs|disk] [--folder FOLDER]

Works on a generated world in a home folder of its own. At each of so many random points (seeded) it

  loader   kills a load, a build or a removal with signal 9, during a write or between two;
  server   kills the database's server under such a command, and starts it again;
  trainer  kills a training, and resumes it;
  app      kills the app while pages are asked for, and starts it on the same port;
  pairs    starts two commands at the same moment: two loads, a load and a build, two builds of one name, and at every
           tenth point two quickstarts of a generated world in one home;
  disk     fills the disk (a small tmpfs, which takes the right to mount) under a load, and makes room again;

and compares what is there in the end with what an undisturbed run gives: the whole graph, or the weights. Prints a line
a point and a line a kind, and ends with status 1 if anything differs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # the commands that something happens to are those of the tests

from dcell_graph.errors import DcellGraphError
from dcell_graph.graph import load, server
from dcell_graph.graph.host import choose_port
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.storage import import_tables
from dcell_graph.settings import Settings
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.sources.world import WorldConfig, WorldFiles, write_world
from tests.graph_dump import difference, dump
from tests.killed import Command
from tests.snapshots import random_snapshot
from tests.training import weights_of

WORLD = WorldConfig(seed=1, n_terms=300, n_genes=200, n_strains=10)
MADE = {
    "genes": ("Genome", "other"),
    "annotations": ("AnnotationFile", "mine"),
    "snapshot": ("Snapshot", "one"),
}


class Database:
    """A database with a release, a genome and an annotation file, and commands that add to it."""

    def __init__(self, settings: Settings, runner: Neo4jRunner, files: WorldFiles) -> None:
        self.settings, self.runner = settings, runner
        load.load_ontology(runner, files.ontology)
        load.load_genome(runner, files.features, name="sgd")
        load.load_annotations(runner, files.sgd_gaf, name="base")
        shorter = files.features.with_name("shorter.tab")  # the same file under another name would be refused
        shorter.write_text(files.features.read_text("utf-8").replace("\tORF\t", "\ttRNA\t", 1), encoding="utf-8")
        self.commands = {
            "genes": ("load", "genes", str(shorter), "--genome", "other"),
            "annotations": ("load", "annotations", str(files.goa_gaf), "--source", "mine"),
            "snapshot": ("snapshot", "build", "one", "--recipe", "torchcell-2025", "--annotations", "base"),
        }
        self.base = self.dump()
        self.clean: dict[str, tuple[Counter[str], int]] = {}
        for kind in MADE:
            command = self.run(kind)
            assert command.end() == 0, command.output
            self.clean[kind] = self.dump(), command.writes
            self.undo(kind)

    def dump(self) -> Counter[str]:
        """The whole graph."""
        return dump(server.connection(self.settings))

    def run(self, kind: str, **fate: object) -> Command:
        """Start a command, with what is to happen to it."""
        return Command(self.settings.home, *self.commands[kind], **fate)  # type: ignore[arg-type]

    def undo(self, kind: str) -> None:
        """Remove what the command made."""
        load.remove(self.runner, *MADE[kind])

    def again(self, kind: str) -> str:
        """Run the command to its end; what differs from an undisturbed one, and from the beginning once undone."""
        command = self.run(kind)
        if command.end() != 0:
            return command.output
        found = difference(self.clean[kind][0], self.dump())
        self.undo(kind)
        return found or difference(self.base, self.dump())


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    """A database in a new home folder."""
    settings = Settings(home=folder, neo4j_uri=None)
    files = write_world(WORLD, folder / "world")
    try:
        with open_database(settings, start=True) as runner:
            yield Database(settings, runner, files)
    finally:
        server.stop(settings)


def loader(folder: Path, points: int, chance: random.Random) -> Iterator[str]:
    """Kill commands."""
    with database(folder) as db:
        for number in range(points):
            kind = list(MADE)[number % len(MADE)]
            fate = chance.choice(["kill", "kill-during"])
            at = chance.randrange(2, db.clean[kind][1])
            ended = db.run(kind, fate=fate, at=at).end()
            if ended != -signal.SIGKILL and fate == "kill":
                yield f"{kind} at {at}: ended with {ended}"
            elif found := db.again(kind):
                yield f"{kind}, {fate} at {at}: {found}"
            else:
                yield ""


def server_killed(folder: Path, points: int, chance: random.Random) -> Iterator[str]:
    """Kill the server under commands."""
    with database(folder) as db:
        for number in range(points):
            kind = list(MADE)[number % len(MADE)]
            at = chance.randrange(2, db.clean[kind][1])
            command = db.run(kind, fate="kill-server", at=at)
            ended = command.end()
            server.start(db.settings)
            if "Traceback" in command.output:
                yield command.output
            elif ended not in (0, 1):
                yield f"{kind} at {at}: ended with {ended}"
            else:
                yield db.again(kind)


def trainer(folder: Path, points: int, chance: random.Random) -> Iterator[str]:
    """Kill trainings."""
    snapshot = random_snapshot(1, n_terms=20, n_genes=20, n_pairs=60)
    write_snapshot(snapshot, folder / "snapshot")
    genes = snapshot.genes["gene"].tolist()
    table = folder / "pairs.txt"
    rows = [f"{a}\t{b}\t0.{i * 7 % 10}{j}\n" for i, a in enumerate(genes) for j, b in enumerate(genes) if i < j]
    table.write_text("".join(rows), encoding="utf-8")
    import_tables([table], Request(source_format="dcell"), datasets=folder, name="pairs")
    base = [sys.executable, "-m", "dcell_graph.train"]
    new = ["--snapshot", str(folder / "snapshot"), "--dataset", str(folder / "pairs"), "--threads", "1"]

    def train(*options: str) -> subprocess.Popen[str]:
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen([*base, *options], env=os.environ | {"DCELL_GRAPH_HOME": str(folder)}, **quiet)  # type: ignore[call-overload, no-any-return]

    whole = train(*new, "--epochs", "40", "--run-name", "whole")
    whole.communicate()
    wanted = weights_of(folder / "runs" / "whole")
    for number in range(points):
        name = f"cut-{number}"
        place = folder / "runs" / name
        process = train(*new, "--epochs", "40", "--run-name", name)
        while process.poll() is None and not any(
            path.exists() for path in (place, place.with_name(f".{name}.unfinished"))
        ):
            time.sleep(0.01)
        time.sleep(chance.random() * 1.5)
        process.kill()
        process.communicate()
        again = ["--resume", name] if (place / "resume.safetensors").is_file() else [*new, "--run-name", name]
        if (place / "run.json").is_file() and '"finished"' in (place / "run.json").read_text(encoding="utf-8"):
            yield "" if weights_of(place) == wanted else f"{name}: other weights of a finished run"
            continue
        said, _ = train(*again, "--epochs", "40").communicate()
        if not (place / "model.safetensors").is_file():
            yield f"{name}: {said[-400:]}"
        else:
            yield "" if weights_of(place) == wanted else f"{name}: other weights"


def app(folder: Path, points: int, chance: random.Random) -> Iterator[str]:
    """Kill the app."""
    with database(folder) as db:
        port = choose_port()
        command = [sys.executable, "-c", "from dcell_graph.cli import main; main()", "app", "--port", str(port)]
        for number in range(points):
            process = subprocess.Popen(
                command,
                env=os.environ | {"DCELL_GRAPH_HOME": str(folder)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            until = time.monotonic() + 60
            answered = False
            while time.monotonic() < until and not answered:
                with suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                    answered = True
                time.sleep(0.05)
            for _ in range(3):
                with suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
            time.sleep(chance.random() * 0.5)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not answered:
                yield f"start {number}: no answer"
            else:
                yield difference(db.base, db.dump())


def quickstart(home: Path) -> subprocess.Popen[str]:
    """Start a quickstart of a generated world."""
    environment = os.environ | {"DCELL_GRAPH_HOME": str(home)}
    for name in ("NEO4J_URI", "DCELL_GRAPH_MIRROR"):
        environment.pop(name, None)
    command = [sys.executable, "-c", "from dcell_graph.cli import main; main()", "quickstart", "--generated"]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, env=environment, **quiet)  # type: ignore[call-overload, no-any-return]


def made_by_quickstart(home: Path) -> Counter[str]:
    """The graph, the names of all files, and the content of those that do not say when they were written."""
    settings = Settings(home=home, neo4j_uri=None)
    try:
        made = dump(server.connection(settings))
    finally:
        server.stop(settings)
    for place in (settings.snapshots, settings.datasets, settings.runs, settings.downloads):
        for path in place.rglob("*"):
            same = (
                path.suffix == ".parquet"
                or path.name == "model.safetensors"
                or (path.is_file() and place == settings.downloads)
            )
            content = hashlib.sha256(path.read_bytes()).hexdigest() if same else ""
            made[f"{path.relative_to(home)} {content}"] += 1
    return made


class Quickstarts:
    """Two quickstarts at once, against one alone."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._alone: Counter[str] | None = None

    def at_once(self, wait: float) -> str:
        """Start the second so many seconds after the first; what is wrong afterwards."""
        home = self._home  # the same each time, for the graph has the paths of files
        if self._alone is None:
            said, _ = quickstart(home).communicate()
            self._alone = made_by_quickstart(home)
            assert "Done in" in said, said
            shutil.rmtree(home)
        first = quickstart(home)
        time.sleep(wait)
        second = quickstart(home)
        ended = [(process.communicate()[0], process.returncode) for process in (first, second)]
        for text, status in ended:
            print(f"    a quickstart ended with {status}: {text.strip().splitlines()[-1]}", flush=True)
        found = difference(self._alone, made_by_quickstart(home))
        shutil.rmtree(home)
        sound = sorted(status for _, status in ended) in ([0, 0], [0, 1])
        return found if sound and not any(_rough(text) for text, _ in ended) else f"{ended} {found}"


def _rough(said: str) -> bool:
    """Whether a command ended in words of Python or of the server instead of a sentence."""
    return "Traceback" in said or "the database refused a query" in said


def pairs(folder: Path, points: int, chance: random.Random) -> Iterator[str]:
    """Start two commands at once."""
    both = [
        ("annotations", "annotations"),
        ("annotations", "snapshot"),
        ("snapshot", "snapshot"),
        ("genes", "annotations"),
    ]
    quickstarts = Quickstarts(folder.with_name("quickstarts"))
    with database(folder) as db:

        def undo(kinds: tuple[str, str]) -> None:
            for kind in reversed(list(dict.fromkeys(kinds))):
                with suppress(DcellGraphError):
                    db.undo(kind)

        wanted: dict[tuple[str, str], Counter[str]] = {}
        for kinds in both:
            ended = [db.run(kind).end() for kind in kinds]
            assert ended == [0, 0], ended
            wanted[kinds] = db.dump()
            undo(kinds)
        for number in range(points):
            if number % 10 == 9:
                yield quickstarts.at_once(chance.random() * 3)
                continue
            kinds = both[number % len(both)]
            # Each writes what it prints into its home folder, so the second one gets a link to the same database.
            twin = folder.with_name(f"{folder.name}-twin")
            twin.mkdir(exist_ok=True)
            with suppress(FileExistsError):
                (twin / "database").symlink_to(folder / "database")
            first = Command(folder, *db.commands[kinds[0]])
            time.sleep(chance.random() * 0.3)
            second = Command(twin, *db.commands[kinds[1]])
            ended = [first.end(), second.end()]
            found = difference(wanted[kinds], db.dump())
            if found or any(code not in (0, 1) for code in ended) or _rough(first.output + second.output):
                yield f"{kinds}, ended with {ended}: {found} {second.output[-300:]}"
            else:
                yield ""
            undo(kinds)


def disk(folder: Path, points: int, chance: random.Random) -> Iterator[str]:
    """Fill the disk."""
    place = folder / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        print("  disk: skipped, a file system cannot be mounted here")
        return
    try:
        with database(place / "home") as db:
            for number in range(points):
                kind = list(MADE)[number % len(MADE)]
                room = shutil.disk_usage(place).free
                filler = place / "filler"
                with filler.open("wb") as file:
                    for _ in range((room - chance.randrange(1 << 22)) >> 20):
                        file.write(bytes(1 << 20))
                command = db.run(kind)
                ended = command.end()
                said = command.output
                filler.unlink()
                server.stop(db.settings)
                try:
                    server.start(db.settings)
                except DcellGraphError as error:
                    log = (db.settings.database / "server.log").read_text(encoding="utf-8", errors="replace")
                    yield f"{kind}: {error}\n{log[-3000:]}"
                    return
                if "Traceback" in said or ended not in (0, 1):
                    yield f"{kind}: {ended} {said[-300:]}"
                else:
                    yield db.again(kind)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


KINDS: dict[str, Callable[[Path, int, random.Random], Iterator[str]]] = {
    "loader": loader,
    "server": server_killed,
    "trainer": trainer,
    "app": app,
    "pairs": pairs,
    "disk": disk,
}


def main() -> None:
    """Try all kinds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=list(KINDS))
    parser.add_argument("--folder", type=Path, help="where files may be written; default: the system's place")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the database is stopped
    bad = 0
    for kind in [options.only] if options.only else list(KINDS):
        with tempfile.TemporaryDirectory(dir=options.folder) as name:
            folder = Path(name) / "home"
            folder.mkdir()
            began = time.perf_counter()
            found = []
            for text in KINDS[kind](folder, options.points, random.Random(options.seed)):
                found.append(text)
                spent = time.perf_counter() - began
                print(f"  {kind} {len(found)} of {options.points}, {spent:.0f} s: {text or 'equal'}", flush=True)
        wrong = [text for text in found if text]
        bad += len(wrong)
        print(f"{kind:<8} {len(found)} points, {len(wrong)} wrong, {time.perf_counter() - began:.0f} s", flush=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
