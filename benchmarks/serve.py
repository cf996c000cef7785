"""Measure how the wall is served, beside a bare application that answers the same bytes.

Usage: python -m benchmarks.serve [--posts 1000000] [--approved 20000] [--rounds 7] [--seconds 2]

Needs wrk. Each ratio is the median of alternations in this run: our server and a server of the
same kind whose application answers one constant, by turns; and nginx, where it is installed, which
answers the same bytes from a file. Datasette answers the query of a page from the same database,
where it is: `pip install --target FOLDER datasette`, then `--datasette FOLDER`.
"""

import argparse
import asyncio
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import uvicorn
from sqlalchemy import Engine, func
from sqlmodel import select

from api.app import create_front
from api.settings import ApiSettings
from benchmarks.serve_store import CAMPAIGN, NOW, PAGE, a_store
from benchmarks.servers import Server
from store import changes, wall
from store.engine import open_engine, reading, writing
from store.models import ChangeKind, Wall

CONNECTIONS = 64
ANEW = "ANEW"
"""In an address: nine digits that are others in each request, so that no answer is ready."""
_COUNTING = """
request = function()
    count = (count or %(start)d) + 1
    return wrk.format(nil, (wrk.path:gsub("%(anew)s", string.format("%%09d", count %% 1e9))))
end
"""


def serve(url: str | None, constant: str | None, port: int) -> None:
    """Run one server: of the wall, or of one constant answer taken from a running wall."""
    if url is not None:
        settings = ApiSettings(port=port)
        app: Any = create_front(open_engine(url), CAMPAIGN, settings)
    else:
        app = _constant(Path(constant or "").read_bytes())
    config = uvicorn.Config(
        app, port=port, log_config=None, access_log=False, server_header=False, lifespan="auto"
    )
    uvicorn.Server(config).run()


def _constant(recorded: bytes) -> Any:
    """Return the bare application that answers the same status, headers and bytes."""
    head, _, body = recorded.partition(b"\n\n")
    status, *lines = head.split(b"\n")
    pairs = [tuple(line.split(b": ", 1)) for line in lines]
    start = {"type": "http.response.start", "status": int(status), "headers": pairs}
    whole = {"type": "http.response.body", "body": body}

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send(start)
            await send(whole)

    return app


def wrk(port: int, path: str, headers: dict[str, str], seconds: float) -> tuple[float, float]:
    """Return requests per second and the p99 in milliseconds."""
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *given]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if ANEW in path:
            script.write(_COUNTING % {"anew": ANEW, "start": time.time_ns() // 1000})
            script.flush()
            command += ["-s", script.name]
        out = subprocess.run(
            [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
        ).stdout
    found = dict(line.split(None, 1) for line in out.splitlines() if len(line.split(None, 1)) == 2)
    if "Non-2xx" in found:
        raise SystemExit(f"{path}: {found['Non-2xx']}")
    return float(found["Requests/sec:"]), _milliseconds(found["99%"].strip())


def _milliseconds(text: str) -> float:
    for unit, factor in (("us", 0.001), ("ms", 1.0), ("s", 1000.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    raise ValueError(text)


def record(port: int, path: str, headers: dict[str, str]) -> bytes:
    """Return an answer in the form that the constant's server reads."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    skipped = {"date"}
    lines = [f"{k}: {v}" for k, v in answer.getheaders() if k.lower() not in skipped]
    return "\n".join([str(answer.status), *lines]).encode() + b"\n\n" + answer.read()


def compare(
    ours: Server, name: str, path: str, headers: dict[str, str], *, rounds: int, seconds: float
) -> None:
    """Print one line: our server beside the constant, and beside nginx, by rate and by CPU."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        file.write_bytes(recorded := record(ours.port, path, headers))
        beside = {"the constant": Server.of_python("--constant", str(file))}
        if shutil.which("nginx") and recorded.startswith(b"200"):
            beside["nginx"] = Server.of_nginx(Path(folder), recorded)
        try:
            mine, ratios = _alternate(ours, beside, path, headers, rounds, seconds)
        finally:
            for server in beside.values():
                server.stop()
    _tell(name, mine, ratios)


def _tell(name: str, mine: tuple[float, float], ratios: str) -> None:
    print(f"{name:<28} {mine[0]:>8.0f}/s  p99 {mine[1]:>6.1f} ms  {ratios}", flush=True)


def _alternate(
    ours: Server,
    beside: dict[str, Server],
    path: str,
    headers: dict[str, str],
    rounds: int,
    seconds: float,
) -> tuple[tuple[float, float], str]:
    """Return our median rate and p99, and in words how it stands beside others."""
    mine: list[tuple[float, float, float]] = []
    theirs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in beside}
    for _ in range(rounds):
        mine.append(_measure(ours, path, headers, seconds))
        for name, server in beside.items():
            theirs[name].append(_measure(server, path, headers, seconds))
    words = []
    for name, found in theirs.items():
        rate = statistics.median(m[0] / t[0] for m, t in zip(mine, found, strict=True))
        cost = statistics.median(t[2] / m[2] for m, t in zip(mine, found, strict=True))
        words.append(f"{rate:.2f} of {name}, {cost:.2f} by CPU")
    middle = (statistics.median(m[0] for m in mine), statistics.median(m[1] for m in mine))
    return middle, "; ".join(words)


def _measure(
    server: Server, path: str, headers: dict[str, str], seconds: float
) -> tuple[float, float, float]:
    before = server.cpu()
    rate, p99 = wrk(server.port, server.path or path, headers, seconds)
    return rate, p99, (server.cpu() - before) / (rate * seconds)


def beside_datasette(
    engine: Engine, ours: Server, libraries: Path | None, *, rounds: int, seconds: float
) -> None:
    """Print how many times as quick as Datasette we are, with ready-made answers and without."""
    if libraries is None or not (libraries / "datasette").is_dir():
        print("Datasette is left out: name the folder where it is installed (--datasette)")
        return
    with reading(engine) as session:
        newest = session.exec(select(func.max(Wall.seq))).one()
    # The posts lie farther apart than these cursors, so that all of them lead to one page.
    anew = f"/v1/wall?cursor={str(newest)[:-9]}{ANEW}"
    theirs = Server.of_datasette(libraries, Path(str(engine.url.database)), PAGE)
    try:
        for name, path in (("API, ready-made", "/v1/wall"), ("API, made anew", anew)):
            mine, ratios = _alternate(ours, {"Datasette": theirs}, path, {}, rounds, seconds)
            _tell(name, mine, ratios)
    finally:
        theirs.stop()


def queries(engine: Engine) -> None:
    """Print what pages cost at query level, uncached, as multiples of the first page."""
    with reading(engine) as session:
        cursor = None
        for _ in range(1000 if wall.page(session, wall.Filters(), limit=12).next_cursor else 0):
            following = wall.page(session, wall.Filters(), cursor=cursor, limit=12).next_cursor
            if following is None:
                break
            cursor = following
        first = _time(lambda: wall.page(session, wall.Filters(), limit=12))
        cases = {
            "cursor, far": lambda: wall.page(session, wall.Filters(), cursor=cursor, limit=12),
            "one filter": lambda: wall.page(session, wall.Filters(language="ar"), limit=12),
            "three filters": lambda: wall.page(
                session,
                wall.Filters(language="ar", kind="video", platform="mastodon"),
                limit=12,
            ),
            "search, common word": lambda: wall.page(
                session, wall.Filters(search="المدرسه"), limit=12
            ),
            "search, two words": lambda: wall.page(
                session, wall.Filters(search="مغرب الطفوله"), limit=12
            ),
        }
        print(f"{'page 1, at the store':<28} {first * 1000:8.2f} ms")
        for name, case in cases.items():
            spent = _time(case)
            print(f"{name:<28} {spent * 1000:8.2f} ms  {spent / first:.2f} of page 1", flush=True)


def _time(case: Callable[[], object]) -> float:
    case()
    spent = []
    for _ in range(21):
        began = time.perf_counter()
        case()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def after_a_change(engine: Engine, port: int) -> None:
    """Print how long the first reader after a change waits."""
    spent = []
    for _ in range(9):
        with writing(engine) as session:
            changes.record(session, ChangeKind.UPDATED, [1], now=NOW)
        time.sleep(0.5)
        began = time.perf_counter()
        urlopen(f"http://127.0.0.1:{port}/w/main", timeout=10).read()
        spent.append((time.perf_counter() - began) * 1000)
    print(f"{'first page after a change':<28} {statistics.median(spent):8.1f} ms", flush=True)


def crowd(port: int, visitors: int) -> tuple[float, int]:
    """Return the seconds that new visitors need, each by a connection of its own, and errors."""
    request = b"GET /w/main HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: br\r\n\r\n"

    async def visit(gate: asyncio.Semaphore) -> bool:
        async with gate:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                answer = await reader.read()
                writer.close()
            except OSError:
                return False
            return answer.startswith(b"HTTP/1.1 200")

    async def all_of_them() -> int:
        gate = asyncio.Semaphore(500)
        return sum(await asyncio.gather(*(visit(gate) for _ in range(visitors))))

    began = time.perf_counter()
    served = asyncio.run(all_of_them())
    return time.perf_counter() - began, visitors - served


def new_visitors(ours: Server) -> None:
    """Print how long ten thousand new visitors wait here, and where a constant answers them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        file.write_bytes(record(ours.port, "/w/main", {"Accept-Encoding": "br"}))
        constant = Server.of_python("--constant", str(file))
        try:
            pairs = [(crowd(ours.port, 10_000), crowd(constant.port, 10_000)) for _ in range(3)]
        finally:
            constant.stop()
    spent = statistics.median(mine for (mine, _), _ in pairs)
    ratio = statistics.median(mine / theirs for (mine, _), (theirs, _) in pairs)
    errors = sum(errors for (_, errors), _ in pairs)
    print(
        f"{'10 000 new visitors':<28} {spent:8.1f} s, {errors} errors, {ratio:.2f} of the constant",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--approved", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--datasette", type=Path)
    parser.add_argument("--serve", type=int)
    parser.add_argument("--url")
    parser.add_argument("--constant")
    given = parser.parse_args()
    if given.serve:
        serve(given.url, given.constant, given.serve)
        return
    if shutil.which("wrk") is None:
        raise SystemExit("serve: install wrk (apt-get install wrk)")
    url = a_store(given.posts, given.approved)
    engine = open_engine(url)
    queries(engine)
    ours = Server.of_python("--url", url)
    try:
        run(engine, ours, rounds=given.rounds, seconds=given.seconds)
        how = {"rounds": given.rounds, "seconds": given.seconds}
        beside_datasette(engine, ours, given.datasette, **how)
    finally:
        ours.stop()


def run(engine: Engine, ours: Server, *, rounds: int, seconds: float) -> None:
    """Print every line that is measured over HTTP."""
    br = {"Accept-Encoding": "br"}
    tag = urlopen(Request(f"http://127.0.0.1:{ours.port}/w/main", headers=br)).headers["etag"]
    with reading(engine) as session:
        seq = session.exec(select(func.min(Wall.seq))).one()
    far = f"/w/main?cursor={seq + (100 << 31)}"
    cases = {
        "wall JSON, 200": ("/w/main", br),
        "wall JSON, 304": ("/w/main", {**br, "If-None-Match": tag}),
        "filtered, 200": ("/w/main?kind=video&language=ar&platform=mastodon", br),
        "cursor, far": (far, br),
        "search, 200": ("/w/main?q=%D8%A7%D9%84%D9%85%D8%AF%D8%B1%D8%B3%D9%87", br),
        "page, 200": ("/fr/", br),
    }
    for name, (path, headers) in cases.items():
        compare(ours, name, path, headers, rounds=rounds, seconds=seconds)
    after_a_change(engine, ours.port)
    print(f"{'memory of the process':<28} {ours.memory():8.0f} MB", flush=True)
    new_visitors(ours)
    print(f"{'memory with all of them':<28} {ours.memory():8.0f} MB", flush=True)
    engine.dispose()


if __name__ == "__main__":
    main()
