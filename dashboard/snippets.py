"""A request to the API as people write it: with curl, in Python, in JavaScript."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.api.asked import CSV_TYPE, JSON_TYPE

Row = Mapping[str, float | str]


@dataclass(frozen=True)
class Request:
    """A POST: where to, what, and as what. ``shown`` are the keys of the answer to look at."""

    path: str
    body: str
    content_type: str = JSON_TYPE
    shown: tuple[str, ...] = ()

    @property
    def accept(self) -> str:
        """A table of CSV is answered as one."""
        return CSV_TYPE if self.content_type == CSV_TYPE else JSON_TYPE

    @property
    def headers(self) -> dict[str, str]:
        """What it says of itself."""
        told = {"Content-Type": self.content_type}
        return told | ({"Accept": CSV_TYPE} if self.accept == CSV_TYPE else {})


def requests(
    path: str, row: Row, other: Row, *, shown: Sequence[str]
) -> dict[str, tuple[str, Request]]:
    """The four ways to ask, each with its name for people.

    Args:
        path: Where predictions are, such as ``/predict``.
        row: The values to ask about, by feature, in the order of the card.
        other: A second row for tables.
        shown: The keys of an answer that a reader looks at first.
    """
    table = {"instances": [row, list(other.values())]}
    lines = [list(row), *([str(value) for value in one.values()] for one in (row, other))]
    as_csv = "".join(",".join(line) + "\n" for line in lines)
    explained = (*shown, "contributions")
    return {
        "row": ("One row", Request(path, _indented(row), shown=tuple(shown))),
        "explained": (
            "With contributions",
            Request(f"{path}?explain=1", _indented(row), shown=explained),
        ),
        "rows": ("A table", Request(path, _indented(table), shown=("predictions",))),
        "csv": ("A table as CSV", Request(path, as_csv, CSV_TYPE)),
    }


def curl(origin: str, request: Request) -> str:
    """For a terminal."""
    headers = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers.items()]
    data = f"--data-binary {shlex.quote(request.body)}"
    return " \\\n  ".join([f"curl {shlex.quote(origin + request.path)}", *headers, data])


def python(origin: str, request: Request) -> str:
    """For Python 3 as it comes."""
    headers = ", ".join(
        f"{json.dumps(name)}: {json.dumps(value)}" for name, value in request.headers.items()
    )
    if request.content_type == CSV_TYPE:
        first, data = f'table = """{request.body}"""', "table.encode()"
        imports, last = "", "    print(response.read().decode())"
    else:
        first, data = f"asked = {request.body}", "json.dumps(asked).encode()"
        imports = "import json\n"
        shown = ", ".join(f'answer["{key}"]' for key in request.shown)
        last = f"    answer = json.load(response)\nprint({shown})"
    return (
        f"{imports}from urllib.request import Request, urlopen\n\n"
        f"{first}\n"
        f"request = Request(\n"
        f"    {json.dumps(origin + request.path)},\n"
        f"    data={data},\n"
        f"    headers={{{headers}}},\n"
        f")\n"
        f"with urlopen(request) as response:\n"
        f"{last}\n"
    )


def javascript(origin: str, request: Request) -> str:
    """For a browser, or for Node 18 and later."""
    headers = ", ".join(
        f"{json.dumps(name)}: {json.dumps(value)}" for name, value in request.headers.items()
    )
    if request.content_type == CSV_TYPE:
        body, taken = f"`{request.body}`", "text"
        shown = "answer"
    else:
        body, taken = f"JSON.stringify({request.body})", "json"
        shown = ", ".join(f"answer.{key}" for key in request.shown)
    return (
        f"const response = await fetch({json.dumps(origin + request.path)}, {{\n"
        f'  method: "POST",\n'
        f"  headers: {{{headers}}},\n"
        f"  body: {body},\n"
        f"}});\n"
        f"const answer = await response.{taken}();\n"
        f"console.log({shown});\n"
    )


LANGUAGES = {"curl": curl, "Python": python, "JavaScript": javascript}


def _indented(body: object) -> str:
    """JSON, an object's field a line, a list in one line."""
    if isinstance(body, Mapping) and "instances" in body:
        rows = ",\n    ".join(json.dumps(row) for row in body["instances"])
        return f'{{\n  "instances": [\n    {rows}\n  ]\n}}'
    return json.dumps(body, indent=2)
