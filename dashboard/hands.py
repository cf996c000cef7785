"""What the desk has done for it by whoever started it: it knows no platform itself."""

from typing import Protocol

from store.adding import Added, Asker
from store.errors import StoreError


class NotReadyError(StoreError):
    """A source is off, lacks a credential, or its collector cannot be made."""


class Hands(Protocol):
    """What reads platforms and understands what they sent."""

    def retry(self, source: str, row_id: int | None, *, by: str, origin: str) -> tuple[int, int]:
        """Try again what of a source is set aside; return how many were understood, and were not.

        Args:
            source: its name.
            row_id: the only one that is tried; None tries as many as one request may.
            by: who asks for it.
            origin: their sign-in.

        Raises:
            NotReadyError: the source cannot be asked.
            UnknownPayloadError: nothing of this source is set aside under the number.
        """

    def add(self, address: str, asker: Asker) -> Added:
        """Bring in the post at an address, to wait for a decision; a known one is only found.

        Raises:
            NotAddedError: it was not added; `why` says what to do.
            IllegalActionError: the asker's key was another decision's.
        """

    def redact(self, text: str) -> str:
        """Return a text without any secret of ours."""
