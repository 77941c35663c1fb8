"""Every environment variable that the web half reads: name, default, meaning.

Nothing has to be set on a laptop. The AWS variables (``AWS_PROFILE``, ``AWS_ACCESS_KEY_ID``,
``AWS_ENDPOINT_URL_S3``, ...) are boto3's own and are read by it alone.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from store.errors import InputError
from store.signature import public_keys

REPOSITORY = Path(__file__).resolve().parent.parent
RATE = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)")
LEAST_SECRET = 32  # characters
DATABASE = re.compile(r"(postgres(ql)?://|sqlite:///).")
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")


@dataclass(frozen=True)
class Setting:
    """One variable; the default and the meaning are what README says."""

    name: str
    default: str
    meaning: str


ARTIFACTS_URL = Setting(
    "ARTIFACTS_URL",
    "data/artifacts",
    "Artifact store: a folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix.",
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
WEB_CONCURRENCY = Setting("WEB_CONCURRENCY", "2", "Worker processes of the web server.")
MAX_BODY_BYTES = Setting(
    "MAX_BODY_BYTES",
    "1048576",
    "Largest body that the API takes; a larger one is a 413.",
)
RATE_LIMIT = Setting(
    "RATE_LIMIT",
    "",
    "Most POST requests of one client address, such as 600/minute; each worker counts for "
    "itself and gives its share. No limit when empty.",
)
CORS_ORIGINS = Setting(
    "CORS_ORIGINS",
    "",
    "Origins whose scripts may call the API, separated by commas, or *; none when empty.",
)
METRICS_TOKEN = Setting(
    "METRICS_TOKEN",
    "",
    "What GET /metrics asks for as a bearer token; anybody may read them when empty.",
)
ACCESS_LOG = Setting(
    "ACCESS_LOG",
    "",
    "json writes a line about every request to standard output; no lines when empty.",
)
RECEIPT_KEY = Setting(
    "RECEIPT_KEY",
    "",
    "Secret text of at least 32 characters that signs receipts; one is made and kept in CACHE_DIR "
    "when empty.",
)
DATABASE_URL = Setting(
    "DATABASE_URL",
    "",
    "Database of the prediction log: postgresql://user:password@host/name, or sqlite:///path; "
    "a file in CACHE_DIR when empty.",
)
LOG_PREDICTIONS = Setting(
    "LOG_PREDICTIONS",
    "on",
    "Whether predictions are kept; off keeps nothing and counts nothing.",
)
LOG_RETENTION_DAYS = Setting(
    "LOG_RETENTION_DAYS",
    "90",
    "Days after which a prediction is deleted; 0 keeps all.",
)
LOG_SPOOL_MB = Setting(
    "LOG_SPOOL_MB",
    "64",
    "Megabytes of predictions that a worker holds on disk while the database is away.",
)
SETTINGS = (
    ARTIFACTS_URL,
    PORT,
    MODEL_POLL_SECONDS,
    MODEL_PUBLIC_KEY,
    CACHE_DIR,
    SOURCE_URL,
    WEB_CONCURRENCY,
    MAX_BODY_BYTES,
    RATE_LIMIT,
    CORS_ORIGINS,
    METRICS_TOKEN,
    ACCESS_LOG,
    RECEIPT_KEY,
    DATABASE_URL,
    LOG_PREDICTIONS,
    LOG_RETENTION_DAYS,
    LOG_SPOOL_MB,
)


@dataclass(frozen=True)
class Settings:
    """The settings of one app, ready to use.

    ``artifacts_url`` is absolute where it is a folder: a relative one starts at the repository.
    ``hosted`` is true behind the router of a host, which alone can reach the server there.
    """

    artifacts_url: str = str(REPOSITORY / ARTIFACTS_URL.default)
    port: int = int(PORT.default)
    model_poll_seconds: float = float(MODEL_POLL_SECONDS.default)
    model_public_keys: tuple[str, ...] = ()
    cache_dir: Path = field(default_factory=lambda: Path(CACHE_DIR.default).expanduser())
    source_url: str = SOURCE_URL.default
    workers: int = int(WEB_CONCURRENCY.default)
    max_body_bytes: int = int(MAX_BODY_BYTES.default)
    rate_limit: str = RATE_LIMIT.default
    cors_origins: frozenset[str] = frozenset()
    metrics_token: str = METRICS_TOKEN.default
    access_log: bool = False
    receipt_key: str = RECEIPT_KEY.default
    database_url: str = DATABASE_URL.default
    log_predictions: bool = True
    log_retention_days: float = float(LOG_RETENTION_DAYS.default)
    log_spool_mb: float = float(LOG_SPOOL_MB.default)
    hosted: bool = False

    @property
    def log_folder(self) -> Path:
        """Where workers hold predictions that are not in the database yet."""
        return self.cache_dir / "prediction-log"

    @property
    def log_url(self) -> str:
        """The database of the prediction log."""
        return self.database_url or f"sqlite:///{self.log_folder / 'predictions.db'}"

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
            workers=max(1, int(_number(WEB_CONCURRENCY, text(WEB_CONCURRENCY)))),
            max_body_bytes=int(_number(MAX_BODY_BYTES, text(MAX_BODY_BYTES), below=1e9)),
            rate_limit=_rate(text(RATE_LIMIT)),
            cors_origins=_origins(text(CORS_ORIGINS)),
            metrics_token=text(METRICS_TOKEN),
            access_log=_chosen(ACCESS_LOG, text(ACCESS_LOG), "", "json") == "json",
            database_url=_database(text(DATABASE_URL)),
            log_predictions=_chosen(LOG_PREDICTIONS, text(LOG_PREDICTIONS), "on", "off") == "on",
            log_retention_days=_number(LOG_RETENTION_DAYS, text(LOG_RETENTION_DAYS)),
            log_spool_mb=_number(LOG_SPOOL_MB, text(LOG_SPOOL_MB)),
            receipt_key=_secret(RECEIPT_KEY, text(RECEIPT_KEY)),
            hosted="DYNO" in given,  # set by Heroku and by what follows its ways
        )


def _keys(text: str) -> tuple[str, ...]:
    try:
        return public_keys(text)
    except InputError as error:  # with a key that is none, nothing would ever become live
        raise ValueError(f"{MODEL_PUBLIC_KEY.name}: {error}") from error


def _number(setting: Setting, text: str, *, below: float = 1e6) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < below:
        raise ValueError(
            f"{setting.name} takes a number from 0 on, below {below:,.0f}. {setting.meaning}"
        )
    return value


def _rate(text: str) -> str:
    if text and not RATE.fullmatch(text):
        raise ValueError(
            f"{RATE_LIMIT.name} takes a count per second, minute, hour or day, such as 600/minute. "
            f"{RATE_LIMIT.meaning}"
        )
    return text


def _origins(text: str) -> frozenset[str]:
    found = frozenset(origin.strip() for origin in text.split(",") if origin.strip())
    if not all(origin == "*" or ORIGIN.fullmatch(origin) for origin in found):
        raise ValueError(
            f"{CORS_ORIGINS.name} takes origins such as https://example.org, without a path. "
            f"{CORS_ORIGINS.meaning}"
        )
    return found


def _secret(setting: Setting, text: str) -> str:
    if text and len(text) < LEAST_SECRET:  # the text itself is for nobody's log
        raise ValueError(f"{setting.name} has {len(text)} characters. {setting.meaning}")
    return text


def _chosen(setting: Setting, text: str, *words: str) -> str:
    if text not in words:
        choice = " or ".join(word or "nothing" for word in reversed(words))
        raise ValueError(f"{setting.name} takes {choice}. {setting.meaning}")
    return text


def _database(text: str) -> str:
    if text and not DATABASE.match(text):
        raise ValueError(
            f"{DATABASE_URL.name} takes postgresql:// or sqlite:///path. {DATABASE_URL.meaning}"
        )
    return text
