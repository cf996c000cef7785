"""What people of the desk keep for themselves or for each other."""

from datetime import datetime

from sqlalchemy import Column, UniqueConstraint
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
