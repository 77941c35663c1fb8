"""Everything that can go wrong, as one tree.

CellarError
├── InputError              what a person gave us cannot be used (exit code 2)
│   ├── DescriptorError         the TOML file that describes a table
│   ├── DataError               the table itself: no rows, a missing column, no numbers
│   ├── NotAnEventLog           what should be Spark's event log is something else, or broken
│   └── FieldErrors             the fields of one prediction request
├── StoreError              the artifact store did not do what was asked
│   ├── NotFound                no object under this key
│   ├── AlreadyExists           the key is written once and taken
│   ├── Conflict                somebody else replaced the object in the meantime
│   └── StoreUnavailable        no connection, no credentials, no answer
│       ├── NoBucket                there is no such bucket
│       └── AccessDenied            the server knows what is asked, and refuses
├── LogError                the prediction log did not do what was asked
│   ├── DatabaseAway            no connection, no answer in time, no room, no tables
│   └── SchemaTooNew            a newer version of this program has written it
├── ArtifactError           an artifact breaks its schema, its size or its hash
│   ├── NoRelease               nothing is published yet
│   └── NotSigned               the release has no signature of a key that is trusted here
├── NoExplanation           what a model answers cannot be explained exactly, or not in time
├── Unreachable             the rows behind a figure are not here, or not those any more
└── ModelRefused            a model file failed a check and never becomes live
    └── CannotOpen              not for harm in it: it was made for other versions than those here

A text says what happened, found versus expected, and what to do next. It never carries the
values of a request or a path of the server to a client of the API.
"""

from collections.abc import Mapping


class CellarError(Exception):
    """Anything this program raises on purpose."""


class InputError(CellarError):
    """What a person gave us cannot be used."""


class DescriptorError(InputError):
    """The descriptor of a table cannot be used."""


class DataError(InputError):
    """The table cannot be used."""


class NotAnEventLog(InputError):
    """What should be Spark's event log is something else, is broken, or is too large."""


class FieldErrors(InputError):
    """Fields of a prediction request are wrong.

    Args:
        fields: What is wrong, by the field's name. No text repeats a value.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in fields.items()))
        self.fields = dict(fields)


class StoreError(CellarError):
    """The artifact store did not do what was asked."""


class NotFound(StoreError):
    """No object under this key."""


class AlreadyExists(StoreError):
    """The key is written once and taken."""


class Conflict(StoreError):
    """Somebody else replaced the object since it was read; nothing was written."""


class StoreUnavailable(StoreError):
    """The store cannot be reached or does not let us in."""


class NoBucket(StoreUnavailable):
    """There is no bucket of this name."""


class AccessDenied(StoreUnavailable):
    """The store refuses what was asked: credentials, a policy, or the clock."""


class LogError(CellarError):
    """The prediction log did not do what was asked."""


class DatabaseAway(LogError):
    """The database cannot be reached, does not answer in time, or cannot keep more."""


class SchemaTooNew(LogError):
    """The tables are those of a newer version of this program, which alone may change them."""


class ArtifactError(CellarError):
    """An artifact breaks its schema, its size or its hash."""


class NoRelease(ArtifactError):
    """Nothing is published in this store yet."""


class NotSigned(ArtifactError):
    """The release carries no signature of a key that is trusted here."""


class ModelRefused(CellarError):
    """A model file failed a check and never becomes live."""


class CannotOpen(ModelRefused):
    """A model file made for other versions than those here; its flat form may answer instead."""


class NoExplanation(CellarError):
    """What a model answers cannot be explained exactly, or not within the budget."""


class Unreachable(CellarError):
    """The rows behind a figure cannot be read here, or are not those that were profiled."""
