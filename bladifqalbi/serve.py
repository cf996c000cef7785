"""`bladifqalbi run`: scheduler, wall and desk in one process, and a clean end."""

import socket
import threading
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from starlette.types import ASGIApp

from api.app import create_front
from api.widget import release
from bladifqalbi import people
from bladifqalbi.refusals import RefusedError
from bladifqalbi.service import PATIENCE, Service, leave, stoppable

# Each part loads what it needs when it is asked for: see `bladifqalbi.service`.
if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

    from collectors.run import Job

log = structlog.get_logger()

PARTS = ("", "web", "desk", "scheduler")


def run(service: Service, *, only: str) -> None:
    """Serve and harvest until the process is asked to end; then finish the page in hand."""
    if only not in PARTS:
        raise RefusedError("--only: write web, desk or scheduler")
    with stoppable(service.stop):
        servers = _servers(service, only)
        jobs = [] if only in ("web", "desk") else service.jobs()
        scheduler = None if only in ("web", "desk") else _scheduler(service, jobs)
        if scheduler is not None:
            scheduler.start()
        _serve(service, servers)
        log.info("service.stopping")
        if scheduler is not None:
            _stop(service, scheduler, jobs)
    log.info("service.stopped")


class _Server(uvicorn.Server):
    """Tells the scheduler at the same moment that the process is asked to end."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def on_tick(self, counter: int) -> bool:
        # A signal that came before uvicorn had its own handlers has only set the event.
        return self._stopping.is_set() or await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()
        super().handle_exit(sig, frame)


def _scheduler(service: Service, jobs: "Sequence[Job]") -> "BackgroundScheduler":
    from collectors.schedule import add_copying, build_scheduler

    scheduler = build_scheduler(jobs, service.engine, raw_days=service.settings.store.raw_days)
    if service.copier is not None:
        add_copying(scheduler, service.copier, service.settings.media.every)
    return scheduler


def _stop(service: Service, scheduler: "BackgroundScheduler", jobs: "Sequence[Job]") -> None:
    from collectors.schedule import stop

    if not stop(scheduler, service.stop, patience=PATIENCE):
        log.warning("service.left_a_run_behind")
        leave(jobs)


def _servers(service: Service, only: str) -> list[tuple[uvicorn.Server, socket.socket]]:
    """Return what is to be served, each with the socket that it has already."""
    settings, servers = service.settings, []
    if only in ("", "web"):
        wall = _wall(service)
        sock = _listen("api", settings.api.host, settings.api.port)
        servers.append((_server(service, wall), sock))
        log.info("wall.serving", url=f"http://{settings.api.host}:{sock.getsockname()[1]}/")
    if only == "desk" or (not only and settings.desk.enabled):
        from bladifqalbi import desk

        sock = _listen("desk", settings.desk.host, settings.desk.port)
        servers.append((_server(service, desk.build(service)), sock))
        log.info("desk.serving", url=f"{settings.desk.url}/")
        if (link := people.first_link(service)) is not None:
            # For whoever sits at the machine, not for the log that others read.
            print(f"First sign-in to the desk, once, within a day: {link}", flush=True)  # noqa: T201
    return servers


def _wall(service: Service) -> ASGIApp:
    settings = service.settings
    try:
        release.keep(settings.api.widget_folder)
    except OSError as error:
        # The wall is as good as ever; after the next update, pages with today's script have none.
        log.warning("widget.not_kept", reason=str(error))
    return create_front(
        service.engine,
        settings.campaign,
        settings.api,
        service.files,
        settings.media.public_url,
    )


def _server(service: Service, app: ASGIApp) -> uvicorn.Server:
    config: Any = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(service.settings.api.proxies),
        forwarded_allow_ips=list(service.settings.api.proxies),
        timeout_graceful_shutdown=3,
        lifespan="on",
    )
    return _Server(config, service.stop)


def _serve(service: Service, servers: Sequence[tuple[uvicorn.Server, socket.socket]]) -> None:
    if not servers:
        service.stop.wait()
        return
    # One has the signals, being in the main thread; the others see that the process is to end.
    (first, sock), *others = servers
    threads = [
        threading.Thread(target=one.run, kwargs={"sockets": [its]}, daemon=True)
        for one, its in others
    ]
    for thread in threads:
        thread.start()
    # uvicorn raises the signal again when it is done; ours, which only sets an event, gets it then.
    first.run(sockets=[sock])
    service.stop.set()
    for thread in threads:
        thread.join(PATIENCE)


def _listen(section: str, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise RefusedError(
            f"{section}.port: {host}:{port} cannot be used ({error.strerror});"
            f" stop the other program, or set BLADI_{section.upper()}__PORT to a free port",
            exit_code=1,
        ) from None
    sock.listen(1024)
    return sock
