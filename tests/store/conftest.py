"""An empty store of every kind, and a store that lets tests come in between."""

from pathlib import Path

import pytest

from store.artifacts import ArtifactStore, open_store


@pytest.fixture(params=["folder", "memory", "s3"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """An empty store of each kind in turn."""
    if request.param == "s3":
        return open_store(request.getfixturevalue("s3_url"))
    return open_store("memory://" if request.param == "memory" else str(tmp_path / "artifacts"))
