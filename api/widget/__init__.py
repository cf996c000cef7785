"""The wall as an element for any page: its script, style and words, and how they are served."""
