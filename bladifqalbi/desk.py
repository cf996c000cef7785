"""The desk of one service, with what it is told and what is done for it."""

from fastapi import FastAPI

from bladifqalbi.hands import Hands
from bladifqalbi.service import Service
from bladifqalbi.settings import Settings, state
from dashboard.app import create_desk
from dashboard.plans import Plan


def build(service: Service) -> FastAPI:
    """Return the desk."""
    settings = service.settings
    framed = {"wall_url": settings.desk.wall_url or settings.api.public_url}
    return create_desk(
        service.engine,
        settings.campaign,
        settings.desk.model_copy(update=framed),
        service.files,
        plans=_plans(settings),
        hands=Hands(service),
    )


def _plans(settings: Settings) -> list[Plan]:
    """Return how each source is set up, as far as the desk shows it."""
    found = []
    for name, section in settings.collectors.each():
        what, lacking = state(name, section)
        limits = section.daily() if what == "live" else {}
        found.append(Plan(name, what, tuple(lacking), section.every, limits, section.day_in))
    return found
