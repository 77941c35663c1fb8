"""Artifacts go in, figures come out. Colours and fonts come from the theme, never from here."""
