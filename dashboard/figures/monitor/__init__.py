"""Charts of what was predicted."""
