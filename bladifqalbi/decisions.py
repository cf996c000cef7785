"""Decisions on the command line, and the check of their trail."""

from collections.abc import Sequence

from bladifqalbi import tables
from bladifqalbi.hands import Hands
from bladifqalbi.refusals import RefusedError
from bladifqalbi.service import Service
from collectors.run import utc_now
from store import audit, curation
from store.adding import Asker
from store.audit import COMMAND_LINE
from store.effects import Terms
from store.engine import reading, writing
from store.errors import IllegalActionError, UnknownPostError
from store.models import Action


def check_collection(service: Service, name: str) -> None:
    """Let a collection pass that the campaign has, or none.

    Raises:
        RefusedError: the campaign has no such collection.
    """
    known = [one.name for one in service.settings.campaign.collections]
    if name and name not in known:
        raise RefusedError(
            f"no collection named {name}; config.yaml has {', '.join(known) or 'none'}"
        )


def add(service: Service, address: str) -> None:
    """Bring in one post; print its number.

    Raises:
        NotAddedError: it was not added.
    """
    added = Hands(service).add(address, Asker(COMMAND_LINE))
    what = "added, and waits for a decision" if added.is_new else "was there already"
    tables.console.print(f"{added.post_id}: {what}")


def decide(
    service: Service,
    action: str,
    post_ids: Sequence[int],
    *,
    terms: Terms = Terms(),  # noqa: B008  # frozen
    quiet: bool = False,
) -> int:
    """Decide about posts one by one; return 1 when one of them is not there, or cannot be so.

    A command has no undo beside it, so that nothing waits for one: what is approved is shown.
    """
    failed = 0
    for post_id in post_ids:
        try:
            decide_one(service, action, post_id, terms=terms, quiet=quiet)
        except UnknownPostError as error:
            failed = 1
            tables.console.print(f"{error}; see `bladifqalbi pending`")
        except IllegalActionError as error:
            failed = 1
            tables.console.print(str(error))
    return failed


def decide_one(
    service: Service, action: str, post_id: int, *, terms: Terms, quiet: bool = False
) -> None:
    """Decide about one post.

    Raises:
        StoreError: it is not there, or cannot be so.
    """
    with writing(service.engine) as session:
        done = curation.decide(
            session, post_id, Action(action), moderator=COMMAND_LINE, now=utc_now(), terms=terms
        )
    if not quiet:
        tables.console.print(f"{post_id}: {'done' if done.changed else 'was so already'}")


def verify_trail(service: Service, witness: str) -> None:
    """Print that the trail is whole; raise where it is not."""
    with reading(service.engine) as session:
        rows = audit.verify(session, witness=witness)
        _, digest = audit.head(session)
    tables.console.print(f"{rows} rows, none of them touched; the newest digest is {digest}")
