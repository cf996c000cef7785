"""Servers that are measured beside each other, each in processes of its own."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

_DATASETTE = """
import sys, uvicorn
from datasette.app import Datasette
app = Datasette([sys.argv[1]]).app()
uvicorn.run(app, port=int(sys.argv[2]), log_config=None, access_log=False, server_header=False)
"""
"""Its own command writes a line for each request."""


class Server:
    """One server in processes of its own.

    Args:
        command: what starts it.
        port: where it listens.
        path: what it is asked for; None: what ours is asked for.
        libraries: a folder of libraries that it alone has.
    """

    def __init__(
        self,
        command: list[str],
        port: int,
        path: str | None = None,
        libraries: Path | None = None,
    ) -> None:
        self.port = port
        self.path = path
        own = {} if libraries is None else {"PYTHONPATH": str(libraries)}
        self._process = subprocess.Popen(command, env={**os.environ, **own})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(0.5)

    @classmethod
    def of_python(cls, *arguments: str) -> "Server":
        """Start `benchmarks.serve` as a server."""
        port = free_port()
        return cls(
            [sys.executable, "-m", "benchmarks.serve", "--serve", str(port), *arguments], port
        )

    @classmethod
    def of_nginx(cls, folder: Path, recorded: bytes) -> "Server":
        """Start nginx with one worker, which answers recorded bytes from a file at any address."""
        head, _, body = recorded.partition(b"\n\n")
        lines = [line.partition(": ") for line in head.decode().split("\n")[1:]]
        left_out = {"content-length", "content-type", "etag"}
        escaped = ((k, v.replace('"', '\\"')) for k, _, v in lines if k not in left_out)
        headers = "".join(f'add_header {k} "{v}"; ' for k, v in escaped)
        (folder / "body").write_bytes(body)
        folder.chmod(0o755)  # started by root, its worker is somebody else
        port = free_port()
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        settings = [
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;",
            "events { worker_connections 4096; }",
            "http { access_log off; sendfile on; keepalive_requests 1000000;",
            *(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
            f"server {{ listen 127.0.0.1:{port}; root {folder};",
            f"location / {{ try_files /body =404; default_type application/json; {headers} }}",
            "} }",
        ]
        (folder / "nginx.conf").write_text("\n".join(settings))
        return cls(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], port)

    @classmethod
    def of_datasette(cls, libraries: Path, database: Path, query: str) -> "Server":
        """Start Datasette, as quiet as ours, which answers one query of a database in JSON."""
        port = free_port()
        asked = urlencode({"sql": query, "_shape": "array"})
        command = [sys.executable, "-c", _DATASETTE, str(database), str(port)]
        return cls(command, port, f"/{database.stem}.json?{asked}", libraries)

    def cpu(self) -> float:
        """Return the CPU seconds that it has used."""
        first = psutil.Process(self._process.pid)
        times = [one.cpu_times() for one in (first, *first.children(recursive=True))]
        return float(sum(one.user + one.system for one in times))

    def memory(self) -> float:
        """Return the megabytes that it holds."""
        return float(psutil.Process(self._process.pid).memory_info().rss / 2**20)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
