"""Examples that the live model answered itself, so that none of them can be wrong."""

import json
from typing import Any, NamedTuple

from dashboard.api.answering import Reply, reply_to
from dashboard.api.asked import CSV_TYPE, JSON_TYPE
from dashboard.api.problems import Problem, unavailable
from dashboard.live.snapshot import LiveModel
from dashboard.what_if.values import text_of, values_of
from store.schema import ModelCard, Profile


class Example(NamedTuple):
    """A request that was made, and its reply."""

    name: str
    summary: str
    content_type: str
    body: str
    reply: Reply

    @property
    def asked(self) -> Any:
        """The body as OpenAPI shows it."""
        return json.loads(self.body) if self.content_type == JSON_TYPE else self.body

    @property
    def answered(self) -> Any:
        """The answer as OpenAPI shows it."""
        text = self.reply.body.decode()
        return text if self.reply.content_type.startswith(CSV_TYPE) else json.loads(text)


def examples(model: LiveModel, profile: Profile | None) -> list[Example]:
    """One request of every kind, right and wrong, with what the model replies."""
    row, other = example_rows(model.card)
    names = list(row)
    table = {"instances": [row, list(other.values())]}
    lines = [names, *([str(value) for value in one.values()] for one in (row, other))]
    as_csv = "".join(",".join(line) + "\n" for line in lines)
    wrong = {**row, "colour": 1}
    del wrong[names[0]]
    wrong_table = {"instances": [row, wrong, list(other.values())[1:]]}

    def ask(name: str, summary: str, body: Any, content_type: str, **how: Any) -> Example:
        text = body if isinstance(body, str) else json.dumps(body)
        reply = reply_to(model, text.encode(), content_type, profile=profile, **how)
        return Example(name, summary, content_type, text, reply)

    return [
        ask("row", "One row", row, JSON_TYPE),
        ask("rows", "Rows as objects or as lists in the order of the card", table, JSON_TYPE),
        ask("explained", "One row, with ?explain=1", row, JSON_TYPE, explain=True),
        ask("csv", "A table", as_csv, CSV_TYPE),
        ask("csv_out", "A table, answered as one", as_csv, CSV_TYPE, accept=CSV_TYPE),
        ask("no_json", "No JSON", "{", JSON_TYPE),
        ask("other_type", "Another content type", "", "text/plain"),
        ask(
            "no_csv_explained",
            "An explanation as CSV",
            row,
            JSON_TYPE,
            explain=True,
            accept=CSV_TYPE,
        ),
        ask("wrong_fields", "A missing and an unknown field", wrong, JSON_TYPE),
        ask("wrong_rows", "Two wrong rows of three", wrong_table, JSON_TYPE),
        ask("no_rows", "A table without rows", {"instances": []}, JSON_TYPE),
    ]


def example_rows(card: ModelCard) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two rows that the model takes: every feature at its median, and at its minimum."""
    minimums = {f.name: text_of(f, f.minimum) for f in card.features}
    return values_of(card.features, {}), values_of(card.features, minimums)


# What does not depend on a model: who asks, how, and whether there is a model at all.
PROBLEMS: dict[int, Problem] = {
    404: Problem(
        404,
        "No such model",
        "The live release has no model of this name and alias; GET /models lists them.",
    ),
    411: Problem(411, "Length required", "Send the body whole, with a Content-Length."),
    413: Problem(413, "Body too large", "A body has at most 1,048,576 bytes."),
    429: Problem(
        429,
        "Too many requests",
        "There were too many requests from this address. Try again later.",
    ),
    500: Problem(500, "Internal error", "Something failed here; the log has it as error 3f9a1c07."),
    503: unavailable(),
}
