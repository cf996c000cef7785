"""When collections are shown."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class Period(SQLModel, table=True):
    """From when until when a collection is shown; one without a row is shown always."""

    collection: str = Field(primary_key=True)
    """Its name in the settings of the campaign."""
    starts_at: datetime | None = None
    """None: shown from ever."""
    ends_at: datetime | None = None
    """None: shown for ever; the moment itself is behind the end."""
    revision: int = 0
    """How often people have changed it."""
