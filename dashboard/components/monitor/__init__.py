"""The cards of the page Monitor."""
