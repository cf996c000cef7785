"""One line for each event, without any secret."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any

import structlog

_PATTERNS = re.compile(
    r"(?i)((?:access_token|api_key|key|token|secret|password)=)[^&\s\"']+|(bearer\s+)[\w.~+/=-]+"
)


class Redactor:
    """Takes known secrets, and what looks like one, out of whole log lines."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # Longest first: one secret may begin with another.
        self._secrets = sorted((s for s in secrets if len(s) > 3), key=len, reverse=True)

    def __call__(self, line: str) -> str:
        """Return a line without secrets."""
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return _PATTERNS.sub(lambda match: f"{match[1] or match[2]}***", line)


class _Stream:
    """Standard error behind a redactor: whatever renders a line, this is the last to see it."""

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact

    def write(self, text: str) -> int:
        sys.stderr.write(self._redact(text))
        return len(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(secrets: Iterable[str], *, as_json: bool, level: str = "INFO") -> None:
    """Send our events and the libraries' warnings to standard error.

    Args:
        secrets: values that must never appear.
        as_json: one JSON object a line, as log collectors read it.
        level: least level that is shown.
    """
    stream: Any = _Stream(Redactor(secrets))
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These log whole requests, credentials included, at their lower levels.
    for name in ("tweepy", "prawcore", "googleapiclient", "urllib3", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in ("apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
