"""A file per page. Dash imports them itself."""
