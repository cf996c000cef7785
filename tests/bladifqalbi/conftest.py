"""Commands that run within the tests leave no trace in their logs."""

import logging

import pytest
import structlog


@pytest.fixture(autouse=True)
def restore():
    root = logging.getLogger()
    handlers = root.handlers[:]
    known = [one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    levels = [(one, one.level) for one in (root, *known)]
    yield
    root.handlers[:] = handlers
    for one in root.manager.loggerDict.values():
        if isinstance(one, logging.Logger):
            one.setLevel(logging.NOTSET)
    for one, level in levels:
        one.setLevel(level)
    structlog.reset_defaults()
