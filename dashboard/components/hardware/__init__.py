"""The cards of the hardware page: what was measured, what it costs, what others published."""
