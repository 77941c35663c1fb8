"""How far to trust an answer, from rows the model had not seen; docs/trust.md says it in words."""
