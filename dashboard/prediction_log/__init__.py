"""Keeps every prediction: a journal of each worker, in front of the database.

A request appends to the ``journal``, whose files (``segment``, ``stream``) outlive a SIGKILL; the
thread of ``writer`` moves what is there into the database, also from the journals of processes
that are gone (``home``). ``recorder`` is what requests and pages see of it. ``records`` says what
the bytes mean, ``reading`` makes rows of them, and ``leftovers`` is for a disk that goes away.
"""
