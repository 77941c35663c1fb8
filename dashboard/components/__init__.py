"""Plain functions that make Dash components; they know nothing of services."""
