"""`bladifqalbi run`: scheduler and wall in one process, and a clean end."""

import socket
import threading
from types import FrameType
from typing import Any

import structlog
import uvicorn

from api.app import create_front
from api.widget import release
from bladifqalbi.refusals import RefusedError
from bladifqalbi.service import PATIENCE, Service, leave, stoppable
from collectors.schedule import add_copying, build_scheduler, stop

log = structlog.get_logger()

HALVES = ("", "web", "scheduler")


def run(service: Service, *, only: str) -> None:
    """Serve and harvest until the process is asked to end; then finish the page in hand."""
    if only not in HALVES:
        raise RefusedError("--only: write web or scheduler")
    web = None if only == "scheduler" else _listen(service)
    jobs = [] if only == "web" else service.jobs()
    scheduler = None
    if only != "web":
        raw_days = service.settings.store.raw_days
        scheduler = build_scheduler(jobs, service.engine, raw_days=raw_days)
        if service.copier is not None:
            add_copying(scheduler, service.copier, service.settings.media.every)
    with stoppable(service.stop):
        if scheduler is not None:
            scheduler.start()
        if web is not None:
            _serve(service, web)
        else:
            service.stop.wait()
        log.info("service.stopping")
        if scheduler is not None and not stop(scheduler, service.stop, patience=PATIENCE):
            log.warning("service.left_a_run_behind")
            leave(jobs)
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


def _serve(service: Service, sock: socket.socket) -> None:
    settings = service.settings
    try:
        release.keep(settings.api.widget_folder)
    except OSError as error:
        # The wall is as good as ever; after the next update, pages with today's script have none.
        log.warning("widget.not_kept", reason=str(error))
    app = create_front(
        service.engine,
        settings.campaign,
        settings.api,
        service.files,
        settings.media.public_url,
    )
    config: Any = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.api.proxies),
        forwarded_allow_ips=list(settings.api.proxies),
        timeout_graceful_shutdown=3,
        lifespan="on",
    )
    log.info("wall.serving", url=f"http://{settings.api.host}:{sock.getsockname()[1]}/")
    # uvicorn raises the signal again when it is done; ours, which only sets an event, gets it then.
    _Server(config, service.stop).run(sockets=[sock])


def _listen(service: Service) -> socket.socket:
    api = service.settings.api
    family = socket.AF_INET6 if ":" in api.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((api.host, api.port))
    except OSError as error:
        sock.close()
        raise RefusedError(
            f"api.port: {api.host}:{api.port} cannot be used ({error.strerror});"
            " stop the other program, or set BLADI_API__PORT to a free port",
            exit_code=1,
        ) from None
    sock.listen(1024)
    return sock
