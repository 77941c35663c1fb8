"""The API as a function of Google, Amazon or Microsoft, and as a plain Flask app; no dashboard.

``plain`` is the app; each of the others hands it the requests of one vendor. They answer what the
dashboard's server answers, byte for byte, as the same blueprint does it.
"""
