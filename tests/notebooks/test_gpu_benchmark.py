"""The notebook for Colab, from its first cell to its last, on a machine that may have no GPU."""

import json
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from store.benchmark_check import read_run

NAME = "gpu_benchmark.ipynb"
PARTS = ("pipeline", "store")


@pytest.fixture
def source(root: Path, tmp_path: Path) -> Path:
    """The program as it is now, as a git repository to clone."""
    folder = tmp_path / "source"
    for part in PARTS:
        shutil.copytree(root / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    author = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for words in (["init", "--quiet"], ["add", "."], [*author, "commit", "--quiet", "-m", "now"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def output_of(cell) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


# Jupyter's own client leaves the sockets of its kernel to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_the_notebook_runs_from_end_to_end_and_says_where_it_really_ran(
    root: Path, source: Path, tmp_path: Path
):
    notebook = nbformat.read(root / "notebooks" / NAME, as_version=4)
    (parameters,) = [
        cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])
    ]
    arguments = [
        "--quick", "--devices", "cpu,cuda", "--workloads", "logistic_regression,xgboost"
    ]  # fmt: skip
    parameters.source = (
        f"SOURCE = {str(source)!r}\nARGUMENTS = {arguments}\nRESULT = 'benchmark.json'"
    )
    place = tmp_path / "colab"
    place.mkdir()

    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(place)}})
    client.execute()

    said = {cell.id: output_of(cell) for cell in notebook.cells if cell.cell_type == "code"}
    run = read_run((place / "benchmark.json").read_bytes(), name="benchmark.json")
    assert "nothing, all was there" in said["install"]
    assert "Complete." in said["result"]
    assert run.machine.accelerators_note in said["result"]
    assert "The result is in benchmark.json." in said["download"]
    if not run.machine.accelerators:
        on_gpu = [cell for cell in run.cells if cell.device_requested == "cuda"]
        xgboost = [cell for cell in on_gpu if cell.workload == "xgboost"]
        assert [cell.status for cell in xgboost] == ["fell_back", "fell_back"]
        assert not any(cell.timings for cell in on_gpu)
        assert "No NVIDIA GPU found" in said["result"]
        assert "fell_back: No GPU found" in said["result"]


def test_without_an_address_the_notebook_says_where_to_set_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    notebook = nbformat.read(root / "notebooks" / NAME, as_version=4)
    code = {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ValueError, match="SOURCE is empty: set it in the cell above"):
        exec("\n".join([code["parameters"], code["install"]]), {})


def test_the_notebook_is_kept_without_outputs(root: Path):
    notebook = json.loads((root / "notebooks" / NAME).read_text(encoding="utf-8"))

    nbformat.validate(notebook)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
