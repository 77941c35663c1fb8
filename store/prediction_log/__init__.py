"""What was asked and answered, kept in SQL: SQLite, or PostgreSQL where ``DATABASE_URL`` says so.

Start with ``entry``, which says what a prediction leaves behind, and ``tables``. ``writing`` and
``reading`` are all that the other parts call. Nothing here knows an address or a user agent.
"""
