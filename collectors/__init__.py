"""The reading side: one module per platform, and what drives them."""
