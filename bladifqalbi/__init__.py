"""Composition: settings, commands and logs; imports everything, and nothing imports it."""

__version__ = "0.1.0"
