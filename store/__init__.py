"""Vocabulary, tables and every rule about keeping posts; imports none of our other folders."""
