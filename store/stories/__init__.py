"""The same story once: which posts tell one thing, and by what evidence."""
