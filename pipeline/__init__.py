"""The offline half: a table of any size becomes a profile, a model and a release.

Start it with ``python -m pipeline``. It meets the dashboard in files only; see ``store``.
"""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
