"""How Spark's event log is read, part by part; ``store.event_log`` is the door."""
