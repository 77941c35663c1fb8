"""Every environment variable that the web half reads: name, default, meaning.

Nothing has to be set on a laptop. The AWS variables (``AWS_PROFILE``, ``AWS_ACCESS_KEY_ID``,
``AWS_ENDPOINT_URL_S3``, ...) are boto3's own and are read by it alone.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from store.errors import InputError
from store.signature import public_keys

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """One variable; the default and the meaning are what README says."""

    name: str
    default: str
    meaning: str


ARTIFACTS_URL = Setting(
    "ARTIFACTS_URL",
    "data/artifacts",
    "Artifact store: a folder, or s3://bucket/prefix.",
)
PORT = Setting("PORT", "8050", "TCP port of the web server.")
MODEL_POLL_SECONDS = Setting(
    "MODEL_POLL_SECONDS",
    "10",
    "Seconds between two looks at current.json for a new release; 0 never looks.",
)
MODEL_PUBLIC_KEY = Setting(
    "MODEL_PUBLIC_KEY",
    "",
    "Ed25519 keys in base64, separated by commas; only releases signed with one become live.",
)
CACHE_DIR = Setting(
    "CACHE_DIR",
    "~/.cache/cellar-lab",
    "Folder for models that passed their checks and for copies of a remote store's objects.",
)
SOURCE_URL = Setting(
    "SOURCE_URL",
    "",
    "Address of the source code, linked in the footer; no link when empty.",
)
SETTINGS = (ARTIFACTS_URL, PORT, MODEL_POLL_SECONDS, MODEL_PUBLIC_KEY, CACHE_DIR, SOURCE_URL)


@dataclass(frozen=True)
class Settings:
    """The settings of one app, ready to use.

    ``artifacts_url`` is absolute where it is a folder: a relative one starts at the repository.
    """

    artifacts_url: str = str(REPOSITORY / ARTIFACTS_URL.default)
    port: int = int(PORT.default)
    model_poll_seconds: float = float(MODEL_POLL_SECONDS.default)
    model_public_keys: tuple[str, ...] = ()
    cache_dir: Path = field(default_factory=lambda: Path(CACHE_DIR.default).expanduser())
    source_url: str = SOURCE_URL.default

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings. Raises ValueError that names the variable and what it takes."""
        given = os.environ if environment is None else environment

        def text(setting: Setting) -> str:
            return given.get(setting.name) or setting.default

        url = text(ARTIFACTS_URL)
        return cls(
            artifacts_url=url if "://" in url else str(REPOSITORY / Path(url).expanduser()),
            port=int(_number(PORT, text(PORT))),
            model_poll_seconds=_number(MODEL_POLL_SECONDS, text(MODEL_POLL_SECONDS)),
            model_public_keys=_keys(text(MODEL_PUBLIC_KEY)),
            cache_dir=Path(text(CACHE_DIR)).expanduser(),
            source_url=text(SOURCE_URL),
        )


def _keys(text: str) -> tuple[str, ...]:
    try:
        return public_keys(text)
    except InputError as error:  # with a key that is none, nothing would ever become live
        raise ValueError(f"{MODEL_PUBLIC_KEY.name}: {error}") from error


def _number(setting: Setting, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise ValueError(f"{setting.name} takes a number from 0 on. {setting.meaning}")
    return value
