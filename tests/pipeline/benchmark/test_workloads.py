"""Every workload on the CPU, and what each says of the device that it used."""

import importlib.util
import sys
import types

import array_api_strict
import numpy as np
import pytest
from sklearn.cluster import KMeans

from pipeline.benchmark.arrays import Loaded, device_of, on_host
from pipeline.benchmark.cuml_accel import through_cuml
from pipeline.benchmark.intel import LeftToScikitLearn, did_it_itself
from pipeline.benchmark.job import Job, Score, Workload
from pipeline.benchmark.registry import WORKLOADS
from pipeline.benchmark.workloads import logistic_regression, neural_network, pca, xgboost_hist
from pipeline.benchmark.workloads.k_means import inertia
from store.benchmark_data import make_data

DATA = make_data(0, 1_000)
LEAST = {"accuracy": 0.65, "inertia": 1.0, "explained_variance": 0.6}
has_torch = importlib.util.find_spec("torch") is not None


def installed(workload: Workload) -> Workload:
    way = workload.way("cpu")
    if missing := way.missing():
        pytest.skip(f"{', '.join(missing)} is optional, and is not installed")
    return workload


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_a_workload_learns_on_the_cpu_and_says_that_it_was_there(workload):
    job = installed(workload).way("cpu").make("cpu")

    model = job.fit(job.load(DATA))
    score = job.score(job.back(model), DATA)

    assert job.ran_on(model) == "cpu"
    assert score.value > LEAST[score.metric]
    assert 1_000 < score.rows <= 10_000


def test_workloads_have_names_and_titles_of_their_own():
    assert len({workload.name for workload in WORKLOADS}) == len(WORKLOADS)
    assert len({workload.title for workload in WORKLOADS}) == len(WORKLOADS)


def test_a_library_that_is_too_old_counts_as_missing():
    way = logistic_regression.WORKLOAD.on["cpu"][0]

    assert way.missing() == []
    assert way._replace(sklearn=(9, 1)).missing() == ["scikit-learn 9.1 or newer"]


def test_no_workload_stops_early_or_picks_its_own_randomness():
    for workload in WORKLOADS:
        assert workload.flags.get("early_stopping", False) is False
        assert all(f"{value}" != "auto" for value in workload.flags.values())


def test_xgboost_without_a_gpu_trains_on_the_cpu_says_cuda_and_is_found_out():
    job = xgboost_hist.make("cuda")

    model = job.fit(DATA)

    if job.ran_on(model) == "cuda":
        pytest.skip("this machine has a GPU, so nothing falls back")
    assert model.get_params()["device"] == "cuda"
    assert job.ran_on(model) == "cpu"


@pytest.mark.parametrize("module", [logistic_regression, pca], ids=["logistic_regression", "pca"])
def test_the_array_api_path_gives_the_answer_of_numpy(module, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    strict = lambda data: Loaded(*map(array_api_strict.asarray, data.train))  # noqa: E731
    job, plain = module.on_arrays(strict), module.plain("cpu")

    model = job.fit(job.load(DATA))

    fitted = model.coef_ if module is logistic_regression else model.components_
    assert type(fitted).__module__.startswith("array_api_strict")
    assert job.ran_on(model) == "cpu"
    found = job.score(job.back(model), DATA).value
    assert found == pytest.approx(plain.score(plain.back(plain.fit(DATA)), DATA).value, abs=1e-3)


@pytest.mark.skipif(not has_torch, reason="PyTorch is optional, and is not installed")
@pytest.mark.parametrize("module", [logistic_regression, pca, neural_network])
def test_tensors_on_the_cpu_go_the_way_that_those_on_a_gpu_go(module, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    job = getattr(module, "on_torch", module.__dict__.get("make"))("cpu")

    model = job.fit(job.load(DATA))

    assert job.ran_on(model) == "cpu"
    score = job.score(job.back(model), DATA)
    assert score.value > LEAST[score.metric]


@pytest.mark.parametrize(
    ("said", "device"),
    [("cpu", "cpu"), ("cuda:0", "cuda"), ("mps:0", "mps"), ("<CUDA Device 0>", "cuda")],
)
def test_an_array_tells_where_it_is(said, device):
    assert device_of(types.SimpleNamespace(device=said)) == device


@pytest.mark.parametrize("name", ["cpu", "get"])
def test_an_array_comes_back_the_way_that_its_library_has(name):
    array = types.SimpleNamespace(**{name: lambda: [1.0, 2.0]})

    np.testing.assert_array_equal(on_host(array), [1.0, 2.0])


def test_inertia_is_the_mean_squared_distance_to_the_nearest_centre():
    model = KMeans(n_clusters=3, n_init=1, random_state=0).fit(DATA.held_out.x)

    assert inertia(model, DATA).value == pytest.approx(model.inertia_ / 10_000, rel=1e-4)


class FakeCuml:
    """cuML's accelerator, whose calls run on a GPU or, without a word, on the CPU."""

    def __init__(self, monkeypatch, *, cpu_calls: int, gpu_calls: int) -> None:
        self.installed = False
        stats = types.SimpleNamespace(cpu_calls=cpu_calls, gpu_calls=gpu_calls)
        self._calls = {"KMeans.fit": stats} if cpu_calls or gpu_calls else {}
        accel = types.SimpleNamespace(install=self._install, profile=self.profile)
        monkeypatch.setitem(sys.modules, "cuml", types.SimpleNamespace(accel=accel))
        monkeypatch.setitem(sys.modules, "cuml.accel", accel)

    def _install(self) -> None:
        self.installed = True

    def profile(self, *, quiet: bool):
        assert quiet
        return self

    def __enter__(self):
        return types.SimpleNamespace(method_calls=self._calls)

    def __exit__(self, *_):
        return None


@pytest.mark.parametrize(
    ("cpu_calls", "gpu_calls", "device"),
    [(0, 1, "cuda"), (1, 0, "cpu"), (1, 1, "cpu"), (0, 0, "cpu")],
)
def test_cuml_counts_as_a_gpu_only_where_every_call_ran_there(
    cpu_calls, gpu_calls, device, monkeypatch
):
    cuml = FakeCuml(monkeypatch, cpu_calls=cpu_calls, gpu_calls=gpu_calls)
    plain = Job(fit=lambda data: "model", score=lambda model, data: Score("accuracy", 0.9, 1))

    def make(_):
        assert cuml.installed  # before scikit-learn is imported
        return plain

    job = through_cuml(make).make("cuda")

    assert job.fit(DATA) == "model"
    assert job.ran_on("model") == device
    assert job.transfer == "inside"


def test_intels_library_does_its_work_itself_or_is_found_out():
    own, left = types.SimpleNamespace(_onedal_estimator=1), types.SimpleNamespace()

    assert did_it_itself(own) is own
    with pytest.raises(LeftToScikitLearn):
        did_it_itself(left)


@pytest.mark.parametrize(
    "workload", [workload for workload in WORKLOADS if workload.second], ids=lambda w: w.name
)
def test_a_second_baseline_is_as_good_as_the_first(workload):
    if workload.second.missing():
        pytest.skip("scikit-learn-intelex is optional, and is not installed")
    first, second = (way.make("cpu") for way in (workload.way("cpu"), workload.second))

    scores = [job.score(job.fit(DATA), DATA).value for job in (first, second)]

    assert scores[0] == pytest.approx(scores[1], abs=0.02)
