"""What people of the desk keep for themselves or for each other."""

from datetime import datetime

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


class SavedView(SQLModel, table=True):
    """Filters of the queue under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    owner: str
    """Whose it is, by name; "" is the whole team's."""
    name: str
    query: str
    """The filters as they stand in an address."""
    saved_by: str
    saved_at: datetime


class Keyboard(SQLModel, table=True):
    """The keys of the desk as one person wants them."""

    owner: str = Field(primary_key=True)
    """Whose they are, by name."""
    layout: str
    """What is printed on the keyboard: `azerty` or `qwerty`."""
    are_on: bool
    """A single key does something."""
    keys: dict[str, str] = Field(sa_type=JSON)
    """The key of each act; "" where it has none."""
