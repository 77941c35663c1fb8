"""Which columns of a table a model that was trained elsewhere takes, and which it tells."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.described import Column
from store.descriptor import Descriptor, Feature, Preset, Target
from store.errors import DataError

USUAL_TARGETS = ("target", "label", "class", "y", "species", "outcome", "price")
MOST_NAMED = 12


class Matched(NamedTuple):
    """``inputs`` are pairs in the model's order: the name it has for an input, and the column."""

    inputs: tuple[tuple[str, str], ...]
    target: str


def match(
    model: Mapping[str, Any],
    columns: Mapping[str, Column],
    descriptor: Descriptor | None,
    *,
    features: Sequence[str] = (),
    target: str | None = None,
) -> Matched:
    """Find the inputs and the target of a model among the columns of a table.

    The model's own names of its inputs count most, under any name that the descriptor knows; a
    model without names takes the columns in ``features``, or else the numeric ones in their order.

    Args:
        model: What it says of itself (``Interview.model``).
        columns: What the table has.
        descriptor: What a person said about the table, if anything.
        features: The columns of the inputs in the model's order, as a person named them.
        target: The column of the target, likewise.

    Raises:
        DataError: The columns do not fit the model; the text says which, and what to name.
    """
    for name in (*features, *([target] if target else [])):
        if name not in columns:
            raise DataError(f'The table has no column "{name}". It has {_listed(columns)}.')
    aliases = {n: f.names for f in (descriptor.features if descriptor else ()) for n in f.names}
    told = target or _told_by(descriptor, model)
    if features:
        inputs = _as_named(model, features)
    elif model["names"] is not None:
        inputs = _by_name(model["names"], columns, aliases)
    else:
        told = told or _target_of(model, columns)
        inputs = _in_order(model, columns, told, descriptor)
    used = {column for _, column in inputs}
    if told in used and told != target:
        told = None  # a descriptor may tell of another model
    found = told or _target_of(model, {n: c for n, c in columns.items() if n not in used})
    if found not in columns:
        raise DataError(f'The table has no column "{found}" to compare the answers with.')
    if found in used:
        raise DataError(f'"{found}" is an input of the model, so it cannot be its target.')
    return Matched(inputs, found)


def described_for(
    matched: Matched, kind: str, columns: Mapping[str, Column], descriptor: Descriptor
) -> Descriptor:
    """The descriptor with the model's inputs under the model's names, and with its target."""
    features = {feature.column: feature for feature in descriptor.features}
    categories = list(descriptor.categories)
    for name, column in matched.inputs:
        own = next((f for f in descriptor.features if column in f.names), None)
        if own is None and (column in categories or columns[column].kind == "text"):
            if name != column:
                raise DataError(f'The model calls the column "{column}" {name}. Rename the column.')
            categories += [] if column in categories else [column]
            continue
        features.pop(own.column if own else column, None)
        feature = own or Feature(column=column)
        others = (alias for alias in (column, *feature.names) if alias != name)
        named = {"column": name, "aliases": tuple(dict.fromkeys(others)), "label": feature.title}
        features[name] = feature.model_copy(update=named)
    said = descriptor.target if descriptor.target else Target(column=matched.target)
    if said.column != matched.target:
        said = Target(column=matched.target)
    if kind == "classifier":
        features.pop(matched.target, None)
    else:
        features.setdefault(matched.target, Feature(column=matched.target, label=said.label))
        said = said.model_copy(update={"classes": {}})
    order = [name for name, _ in matched.inputs if name in features]
    rest = [name for name in features if name not in order]
    changes = {
        "target": said,
        "features": tuple(features[name] for name in (*order, *rest)),
        "categories": tuple(c for c in categories if c != matched.target),
        "group_by": tuple(g for g in descriptor.group_by if g != matched.target),
        "presets": descriptor.presets or _presets(kind),
        "model": None,
    }
    return Descriptor.model_validate(descriptor.model_copy(update=changes).model_dump())


def class_text(value: object) -> str:
    """A class as text, whichever way a table or an estimator writes it: 1.0 is 1.

    >>> class_text("1.0"), class_text(True), class_text("Dry")
    ('1', 'true', 'Dry')
    """
    text = str(value).strip()
    if text in ("True", "False", "TRUE", "FALSE"):
        return text.lower()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text


def _told_by(descriptor: Descriptor | None, model: Mapping[str, Any]) -> str | None:
    """The target that a descriptor names, if it is of the model's kind."""
    if descriptor is None or descriptor.target is None or descriptor.kind != model["kind"]:
        return None
    return descriptor.target.column


def _as_named(model: Mapping[str, Any], features: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if len(features) != model["features"]:
        raise DataError(
            f"The {model['name']} takes {model['features']} features, and --features names "
            f"{len(features)}."
        )
    return tuple(zip(model["names"] or features, features, strict=True))


def _by_name(
    names: Sequence[str], columns: Mapping[str, Column], aliases: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, str], ...]:
    found = [
        (name, next((n for n in (name, *aliases.get(name, ())) if n in columns), None))
        for name in names
    ]
    if missing := [name for name, column in found if column is None]:
        raise DataError(
            f"The model was fitted on {_listed(missing)}, for which the table has no column. It "
            f"has {_listed(columns)}. Name the columns in the model's order with --features."
        )
    return tuple((name, column) for name, column in found if column is not None)


def _in_order(
    model: Mapping[str, Any],
    columns: Mapping[str, Column],
    target: str,
    descriptor: Descriptor | None,
) -> tuple[tuple[str, str], ...]:
    own = [name for f in (descriptor.features if descriptor else ()) for name in f.names]
    numeric = [n for n, c in columns.items() if n != target and (c.kind == "number" or n in own)]
    if len(numeric) != model["features"]:
        raise DataError(
            f"The {model['name']} takes {model['features']} features and does not name them, and "
            f"the table has {len(numeric)} numeric columns beside {target}: {_listed(numeric)}. "
            "Name the right ones in the model's order with --features A,B,..."
        )
    return tuple((name, name) for name in numeric)


def _target_of(model: Mapping[str, Any], columns: Mapping[str, Column]) -> str:
    """The column that holds what the model tells: by its classes, its name, or its place."""
    if model["kind"] == "classifier":
        known = {class_text(value) for value in model["classes"]}
        texts = {n: set(map(class_text, c.values)) for n, c in columns.items()}
        fitting = [name for name, values in texts.items() if values and values <= known]
    else:
        fitting = [name for name, column in columns.items() if column.kind == "number"]
    usual = [name for name in fitting if name.lower() in USUAL_TARGETS]
    if len(fitting) == 1 or usual:
        return (usual or fitting)[0]
    if fitting and fitting[-1] == list(columns)[-1]:
        return fitting[-1]
    what = (
        f"has the classes {_listed(list(map(str, model['classes'])))}"
        if model["kind"] == "classifier"
        else "is the number that it predicts"
    )
    raise DataError(
        f"No column of the table is sure to be what the {model['name']} tells: one that {what}. "
        f"There is {_listed(columns)}. Name it with --target COLUMN."
    )


def _presets(kind: str) -> tuple[Preset, ...]:
    presets = [
        Preset(label="The middle of all", kind="median"),
        Preset(label="A real one", kind="random_row"),
    ]
    if kind == "classifier":
        presets.append(Preset(label="A hard one", kind="borderline"))
    return tuple(presets)


def _listed(names: Mapping[str, Any] | Sequence[str]) -> str:
    shown = [str(name) for name in names]
    more = f" and {len(shown) - MOST_NAMED} more" if len(shown) > MOST_NAMED else ""
    return (", ".join(shown[:MOST_NAMED]) + more) or "nothing else"
