"""Band keys of a filled store, where they would lie had batches of posts come all the while."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from store.models import StoryBand
from store.prepared import Prepared
from store.stories import bands
from store.stories.signature import KEYS

NEW = 75
"""New texts of a batch."""
WAITING = bands.PARTS * NEW
"""Texts whose keys are in runs, the newest of all."""


def enter(connection: Connection, pairs: Sequence[bands.Pair], *, stored: int) -> None:
    """Enter the keys of some texts, numbered from 1 to `stored`, those of each text together."""
    settled = sorted({pair for pair in pairs if pair[1] <= stored - WAITING})
    waiting = [pair for pair in pairs if pair[1] > stored - WAITING]
    add = Prepared(insert(StoryBand), connection.dialect, ["key", "text_id"])
    # In order of the tree that they go into.
    add(connection, [{"key": key, "text_id": text_id} for key, text_id in settled])
    for at in range(0, len(waiting), NEW * KEYS):
        bands.change(connection, new=waiting[at : at + NEW * KEYS])
