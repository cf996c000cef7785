"""Column types that SQLite and PostgreSQL both keep right."""

from sqlalchemy import BigInteger, Integer

BIG = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both: SQLModel's int has 32 on PostgreSQL, and SQLite counts up only INTEGER."""
