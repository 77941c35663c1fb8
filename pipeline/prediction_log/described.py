"""The descriptor of what a model was asked, from that of what it was trained on."""

from collections.abc import Sequence

from pipeline.described import renamed
from pipeline.prediction_log.columns import SOURCE, TIME, VERSION
from store.descriptor import Descriptor, Target, TextFormat
from store.errors import InputError
from store.schema import ModelCard, asked_name


def asked_descriptor(
    trained_on: Descriptor, card: ModelCard, *, answer: str, columns: Sequence[str]
) -> Descriptor:
    """How predictions are profiled: labels, units and classes as those of the training rows.

    Rows are grouped by the predicted class, and then by source and by version; the time is a date.

    Args:
        trained_on: The descriptor of the training rows.
        card: Of the model.
        answer: The column of the answer.
        columns: Those of the exported log; what they do not have is left out.

    Raises:
        InputError: The model has no number among its inputs, and a profile needs one.
    """
    numbers = {feature.name for feature in card.features if not feature.categories}
    numbers |= {answer} if card.kind == "regressor" else set()
    features = tuple(f for f in trained_on.features if f.column in numbers)
    if not any(feature.column in columns for feature in features):
        raise InputError(
            f"No input of {card.name} is a number, and a profile needs one. Export its log "
            "instead: python -m pipeline export-log --out DIR"
        )
    labels = {str(known.value): known.label for known in card.classes}
    return renamed(trained_on, asked_name(card.name)).model_copy(
        update={
            "title": f"{trained_on.title or card.title}, asked about",
            "row": f"{trained_on.row} asked about",
            "rows": f"{trained_on.rows} asked about",
            "source": "",
            "credit": f"What the model {card.name} was asked, from the prediction log.",
            "synthetic": False,
            "target": Target(column=answer, label=f"Predicted: {card.target}", classes=labels),
            "features": tuple(f for f in features if f.column in columns),
            "categories": tuple(
                f.name for f in card.features if f.categories and f.name in columns
            ),
            "group_by": (SOURCE, VERSION),
            "dates": (TIME,),
            "csv": TextFormat(),
            "presets": (),
            "model": None,
        }
    )
