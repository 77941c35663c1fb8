"""Small valid artifacts for tests; keyword arguments replace what a test is about.

The table behind them: two numeric features ``acidity`` and ``sugar``, a label ``kind`` with the
classes 0 (Dry) and 1 (Sweet), four rows.
"""

from datetime import UTC, datetime
from typing import Any

from store.application import (
    Application,
    Bar,
    Estimate,
    Executor,
    Finding,
    Job,
    Lane,
    PlanNode,
    Query,
    Scaling,
    Stage,
    Timeline,
    Totals,
)
from store.artifacts import ArtifactStore
from store.descriptor import Descriptor, Feature, Target
from store.engine_run import (
    EngineAbout,
    EngineCell,
    EngineMachine,
    EngineProcess,
    EngineRun,
    EngineTable,
    Timing,
)
from store.releases import model_key, profile_key, stored
from store.schema import (
    QUANTILES,
    CalibrationBin,
    CardClass,
    CardFeature,
    CardStep,
    CategoryProfile,
    ClassMetrics,
    ColumnProfile,
    CrossValidation,
    CrossValidationRegression,
    Golden,
    Group,
    HeldOut,
    HeldOutRegression,
    Histogram,
    Importance,
    InputData,
    InputFile,
    Interval,
    JobRun,
    ModelCard,
    PredictedNumber,
    Profile,
    Rejected,
    Sample,
    Section,
    StoredFile,
    TrainingData,
    Trend,
    ValueCount,
    encode,
)
from store.trust import (
    CONFIDENCES,
    Calibration,
    Cloud,
    Conformal,
    Coverage,
    Plausibility,
    ReliabilityBin,
    Trust,
)

CREATED = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SHA256 = "0" * 64
# A tree of one split, as plain numbers: what is at most 2 g/l acid is dry.
MODEL_BYTES = (
    b'{"format":1,"n_features":2,"steps":[],"predictor":{"kind":"trees","trees":1,'
    b'"feature":[0,-1,-1],"threshold":[2.0],"probabilities":[[0.9,0.1],[0.2,0.8]]}}'
)


def descriptor(**changes: Any) -> Descriptor:
    """What a person says about the table."""
    said: dict[str, Any] = {
        "name": "drinks",
        "title": "Drinks",
        "target": Target(column="kind", label="Kind", classes={"0": "Dry", "1": "Sweet"}),
        "features": (
            Feature(column="acidity", unit="g/l", aliases=("Acidity",)),
            Feature(column="sugar", unit="g/l"),
        ),
    }
    return Descriptor(**said | changes)


def column(name: str, **changes: Any) -> ColumnProfile:
    """A numeric column with the values 1, 2, 3, 4."""
    found: dict[str, Any] = {
        "name": name,
        "count": 4,
        "missing": 0,
        "mean": 2.5,
        "sd": 1.2909944487358056,
        "minimum": 1.0,
        "maximum": 4.0,
        "skewness": 0.0,
        "quantiles": {str(q): 1 + 3 * q for q in QUANTILES},
        "histogram": Histogram(edges=(1.0, 2.5, 4.0), counts=(2, 2)),
    }
    return ColumnProfile(**found | changes)


def category(name: str, top: dict[str, int], **changes: Any) -> CategoryProfile:
    """A categorical column with these values, most frequent first, in as many rows."""
    found: dict[str, Any] = {
        "name": name,
        "count": sum(top.values()),
        "missing": 0,
        "distinct": len(top),
        "top": tuple(ValueCount(value=value, count=count) for value, count in top.items()),
    }
    return CategoryProfile(**found | changes)


def trend(name: str, counts: dict[str, int], **changes: Any) -> Trend:
    """A date column with so many rows in the months that begin then."""
    found: dict[str, Any] = {
        "name": name,
        "count": sum(counts.values()),
        "missing": 0,
        "minimum": min(counts, default=None),
        "maximum": max(counts, default=None),
        "step": "month",
        "starts": tuple(counts),
        "counts": tuple(counts.values()),
    }
    return Trend(**found | changes)


def section(**changes: Any) -> Section:
    """All four rows."""
    found: dict[str, Any] = {
        "rows": 4,
        "columns": (column("acidity"), column("sugar")),
        "correlation": ((1.0, 0.5), (0.5, 1.0)),
    }
    return Section(**found | changes)


def group(value: str, label: str, **changes: Any) -> Group:
    """The rows of one class."""
    return Group(value=value, label=label, **section(**changes).model_dump())


def job_run(**changes: Any) -> JobRun:
    """A Spark run with one stage."""
    ran: dict[str, Any] = {
        "engine": "spark",
        "engine_version": "4.3.0",
        "java_version": "25",
        "master": "local[2]",
        "application_id": "local-1",
        "started": CREATED,
        "start_seconds": 3.0,
        "read_seconds": 1.0,
        "aggregate_seconds": 1.5,
        "total_seconds": 5.5,
        "passes": 1,
        "jobs": 1,
        "stages": 1,
        "tasks": 1,
    }
    return JobRun(**ran | changes)


def profile(**changes: Any) -> Profile:
    """What the Spark job finds in the table."""
    found: dict[str, Any] = {
        "created": CREATED,
        "software": {"python": "3.11.7"},
        "name": "drinks",
        "run_id": "20261101T120000Z-000001",
        "descriptor": descriptor(),
        "group_by": "kind",
        "rows": 4,
        "rejected": Rejected(rows=0, reasons={}, examples=()),
        "input": InputData(
            uri="drinks.csv",
            format="csv",
            bytes=40,
            sha256=SHA256,
            file_count=1,
            files=(InputFile(name="drinks.csv", bytes=40, sha256=SHA256),),
        ),
        "overall": section(),
        "groups": (group("0", "Dry"), group("1", "Sweet")),
        "sample": Sample(
            columns=("acidity", "sugar"),
            groups=("0", "0", "1", "1"),
            values=((1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, None)),
        ),
        "run": job_run(),
    }
    return Profile(**found | changes)


def card_feature(name: str, **changes: Any) -> CardFeature:
    """A slider from 1 to 4."""
    said: dict[str, Any] = {
        "name": name,
        "label": name.capitalize(),
        "unit": "g/l",
        "group": "Features",
        "aliases": (name.capitalize(),),
        "decimals": 1,
        "minimum": 1.0,
        "maximum": 4.0,
        "median": 2.5,
        "step": 0.1,
    }
    return CardFeature(**said | changes)


def category_feature(name: str, *categories: str, **changes: Any) -> CardFeature:
    """A choice among these texts, the first of which is the most frequent."""
    places = {"decimals": 0, "minimum": 0, "maximum": len(categories) - 1, "median": 0, "step": 1}
    return card_feature(name, **places | {"unit": "", "categories": categories} | changes)


def held_out(**changes: Any) -> HeldOut:
    """Two held-out rows, both right."""
    found: dict[str, Any] = {
        "rows": 2,
        "accuracy": Interval(value=1.0, low=0.34, high=1.0, method="Wilson"),
        "log_loss": 0.25,
        "confusion": ((1, 0), (0, 1)),
        "classes": (
            ClassMetrics(label="Dry", precision=1.0, recall=1.0, f1=1.0, support=1),
            ClassMetrics(label="Sweet", precision=1.0, recall=1.0, f1=1.0, support=1),
        ),
        "calibration": (
            CalibrationBin(low=0.0, high=0.5, count=2, mean_predicted=0.2, observed=0.0),
            CalibrationBin(low=0.5, high=1.0, count=2, mean_predicted=0.8, observed=1.0),
        ),
    }
    return HeldOut(**found | changes)


def model_card(**changes: Any) -> ModelCard:
    """The card of a model whose file is ``MODEL_BYTES``."""
    name = changes.get("name", "drinks")
    version = changes.get("version", "20261101T120000Z-000002")
    says: dict[str, Any] = {
        "created": CREATED,
        "software": {"python": "3.11.7", "scikit-learn": "1.9.1"},
        "name": name,
        "version": version,
        "title": "Drinks",
        "target": "kind",
        "steps": (
            CardStep(
                estimator="sklearn.ensemble.RandomForestClassifier", parameters={"max_depth": "2"}
            ),
        ),
        "features": (card_feature("acidity"), card_feature("sugar")),
        "classes": (CardClass(value=0, label="Dry"), CardClass(value=1, label="Sweet")),
        "held_out": held_out(),
        "cross_validation": CrossValidation(
            folds=2,
            repeats=10,
            accuracy=Interval(value=0.9, low=0.8, high=1.0, method="percentile"),
            log_loss=Interval(value=0.3, low=0.2, high=0.4, method="percentile"),
        ),
        "importances": (
            Importance(feature="sugar", impurity=0.75, permutation=0.5, permutation_sd=0.1),
            Importance(feature="acidity", impurity=0.25, permutation=0.0, permutation_sd=0.0),
        ),
        "golden": Golden(rows=((1.0, 2.0), (3.0, 4.0)), probabilities=((0.9, 0.1), (0.2, 0.8))),
        "data": TrainingData(
            uri="drinks.csv",
            sha256=SHA256,
            profile="20261101T120000Z-000001",
            rows=4,
            dropped=0,
            train_rows=2,
        ),
        "seed": 0,
        "file": stored(model_key(name, version, "model.joblib"), MODEL_BYTES),
    }
    return ModelCard(**says | changes)


def trust(**changes: Any) -> Trust:
    """Trust in the model of drinks: calibrated by two bins, one list of thresholds, one cloud."""
    share = {"low": 0.2, "high": 0.3, "count": 20, "mean_predicted": 0.25, "observed": 0.0}
    rest = {"low": 0.7, "high": 0.8, "count": 20, "mean_predicted": 0.75, "observed": 1.0}
    bins = (
        ReliabilityBin(**share, observed_low=0.0, observed_high=0.161125),
        ReliabilityBin(**rest, observed_low=0.838875, observed_high=1.0),
    )
    coverage = {"rows": 10, "covered": 8, "shown": 9, "empty": 1, "low": 0.6, "high": 1.0}
    says: dict[str, Any] = {
        "origin": "cross-fitting",
        "calibration": Calibration(
            exponent=2.0,
            floor=0.01,
            log_loss_before=0.4,
            log_loss_after=0.3,
            rows=20,
            before=bins,
            after=bins[1:],
        ),
        "conformal": Conformal(
            rows=20,
            thresholds=(tuple([0.25] * 190 + [None] * 9),),
            coverage=tuple(Coverage(promised=c, size=1.0, **coverage) for c in CONFIDENCES),
        ),
        "plausibility": Plausibility(
            features=(0, 1),
            center=(2.5, 2.5),
            scale=(1.0, 1.0),
            clouds=(Cloud(log_weight=0.0, mean=(0.0, 0.0), upper=(1.0, -0.5, 1.0)),),
            bend=1.5,
            scores=(-1.0, 0.0, 1.0, 2.0),
            rows=4,
            separation=0.75,
        ),
    }
    return Trust(**says | changes)


def held_out_regression(**changes: Any) -> HeldOutRegression:
    """Four held-out rows, each half a gram beside the truth."""
    found: dict[str, Any] = {
        "rows": 4,
        "r2": Interval(value=0.8, low=0.7, high=0.9, method="percentile bootstrap"),
        "mean_absolute_error": 0.5,
        "root_mean_squared_error": 0.5,
        "median_absolute_error": 0.5,
        "residuals": {str(q): q - 0.5 for q in QUANTILES},
        "sample": ((1.0, 1.5), (2.0, 1.5), (3.0, 3.5), (4.0, 3.5)),
    }
    return HeldOutRegression(**found | changes)


def regressor_card(**changes: Any) -> ModelCard:
    """The card of a model that tells the price of a drink from its acidity and its shop."""
    says: dict[str, Any] = {
        "kind": "regressor",
        "target": "Price",
        "classes": (),
        "steps": (CardStep(estimator="sklearn.linear_model.Ridge", parameters={"alpha": "1.0"}),),
        "features": (card_feature("acidity"), category_feature("shop", "North", "South")),
        "number": PredictedNumber(unit="euros", decimals=2, values=column("price")),
        "held_out": held_out_regression(),
        "cross_validation": CrossValidationRegression(
            folds=2,
            repeats=10,
            r2=Interval(value=0.75, low=0.7, high=0.8, method="percentile"),
            mean_absolute_error=Interval(value=0.5, low=0.4, high=0.6, method="percentile"),
        ),
        "importances": (
            Importance(feature="acidity", impurity=None, permutation=0.5, permutation_sd=0.1),
            Importance(feature="shop", impurity=None, permutation=0.25, permutation_sd=0.1),
        ),
        "golden": Golden(rows=((1.0, 0.0), (3.0, 1.0)), probabilities=((1.5,), (3.5,))),
    }
    return model_card(**says | changes)


def stage(**changes: Any) -> Stage:
    """A stage of four tasks of a second each."""
    ran: dict[str, Any] = {
        "id": 0,
        "attempt": 0,
        "name": "collect at job.py:1",
        "description": "Count drinks",
        "parents": (),
        "submitted": 1.0,
        "completed": 3.0,
        "status": "complete",
        "failure": None,
        "task_count": 4,
        "python": False,
        "totals": Totals(tasks=4, task_seconds=4.0, run_seconds=3.6, cpu_seconds=2.0),
        "quantiles": dict.fromkeys(("0.0", "0.05", "0.25", "0.5", "0.75", "0.95", "1.0"), 1.0),
        "largest_bytes": 100,
    }
    return Stage(**ran | changes)


def spark_executor(**changes: Any) -> Executor:
    """An executor with two cores that stayed."""
    said: dict[str, Any] = {
        "id": "1",
        "host": "host 1",
        "cores": 2,
        "added": 0.5,
        "removed": None,
        "reason": None,
        "tasks": 4,
    }
    return Executor(**said | changes)


def plan_node(**changes: Any) -> PlanNode:
    """A scan of ten rows."""
    said: dict[str, Any] = {
        "id": 0,
        "name": "Scan parquet",
        "text": "FileScan parquet [sugar]",
        "rows": 10,
        "files": 1,
        "bytes": 40,
    }
    return PlanNode(**said | changes)


def query(**changes: Any) -> Query:
    """A query that only scans."""
    said: dict[str, Any] = {
        "id": 0,
        "description": "Count drinks",
        "submitted": 0.9,
        "seconds": 2.2,
        "failed": False,
        "nodes": (plan_node(),),
        "edges": (),
    }
    return Query(**said | changes)


def finding(**changes: Any) -> Finding:
    """A rule that spoke."""
    said: dict[str, Any] = {
        "rule": "skew",
        "level": "caution",
        "title": "Stage 0 waits for one task",
        "text": "Its longest task took 9 s.",
        "value": 12.0,
        "threshold": 10.0,
        "unit": "times the median",
        "source": "a rule",
        "advice": ("Look for a key that many rows share.",),
        "stage": 0,
    }
    return Finding(**said | changes)


def application(**changes: Any) -> Application:
    """What Spark did: one job, one stage, four tasks of a second on two cores, nothing amiss."""
    did: dict[str, Any] = {
        "created": CREATED,
        "software": {"pydantic": "2"},
        "application_id": "local-1",
        "name": "count-drinks",
        "spark_version": "4.3.0",
        "java_version": "25",
        "master": "local[2]",
        "started": CREATED,
        "seconds": 4.0,
        "complete": True,
        "cores": 2,
        "driver_seconds": 1.9,
        "idle_cores": 0.0,
        "totals": Totals(tasks=4, task_seconds=4.0, run_seconds=3.6, cpu_seconds=2.0),
        "job_count": 1,
        "stage_count": 1,
        "query_count": 1,
        "executor_count": 1,
        "executors": (spark_executor(),),
        "jobs": (
            Job(
                id=0,
                description="Count drinks",
                submitted=1.0,
                seconds=2.1,
                stages=(0,),
                result="succeeded",
            ),
        ),
        "stages": (stage(),),
        "queries": (query(),),
        "timeline": Timeline(
            lanes=(Lane(executor="1", slot=0), Lane(executor="1", slot=1)),
            bars=tuple(Bar(i % 2, 0, 0, 1.0 + i // 2, 2.0 + i // 2, 1, "ok") for i in range(4)),
            merged=False,
            left_out=0,
        ),
        "scaling": Scaling(
            estimates=(
                Estimate(cores=1, seconds=6.0),
                Estimate(cores=2, seconds=4.0),
                Estimate(cores=4, seconds=3.0),
            ),
            floor_seconds=3.0,
            assumptions=("Tasks take as long as they did.",),
        ),
    }
    return Application(**did | changes)


def put_application(store: ArtifactStore, profile_at: str, **changes: Any) -> str:
    """Write what Spark did beside a profile; gives its key."""
    key = f"{profile_at.rpartition('/')[0]}/application.json"
    store.put_new(key, encode(application(**changes)))
    return key


def put_profile(store: ArtifactStore, **changes: Any) -> str:
    """Write a profile as the Spark job does; gives its key."""
    written = profile(**changes)
    key = profile_key(written.name, written.run_id)
    store.put_new(key, encode(written))
    return key


def put_model(store: ArtifactStore, *, content: bytes = MODEL_BYTES, **changes: Any) -> str:
    """Write a model and its card as training does; gives the card's key."""
    card = model_card(**changes)
    file: StoredFile = stored(model_key(card.name, card.version, "model.joblib"), content)
    store.put_new(file.key, content)
    key = model_key(card.name, card.version, "card.json")
    store.put_new(key, encode(card.model_copy(update={"file": file})))
    return key


def timing(wall: float, **changes: Any) -> Timing:
    """A run of so many seconds on a quiet machine."""
    said: dict[str, Any] = {"wall_seconds": wall, "cpu_seconds": wall, "others_cores": 0.0}
    return Timing(**{**said, "noisy": False, **changes})


def engine_process(cold: float, *warm: float, **changes: Any) -> EngineProcess:
    """A process with a first run and repeats of so many seconds."""
    said: dict[str, Any] = {
        "cold": timing(cold),
        "phases": {"Start Python": cold / 4, "Read and aggregate": 3 * cold / 4},
        "warm": tuple(map(timing, warm)),
        "peak_memory_bytes": 64 * 2**20,
        "threads": 1,
        "load_average": 0.5,
    }
    return EngineProcess(**said | changes)


def engine_cell(engine: str, rows: int, *cold: float, **changes: Any) -> EngineCell:
    """A cell with a process for each first run of so many seconds; repeats take half of it."""
    said: dict[str, Any] = {
        "engine": engine,
        "rows": rows,
        "status": "ok",
        "processes": tuple(engine_process(wall, wall / 2) for wall in cold),
        "max_relative_difference": 1e-15,
    }
    return EngineCell(**said | changes)


def engine(name: str, **changes: Any) -> EngineAbout:
    """An engine that is not on Spark."""
    said: dict[str, Any] = {
        "name": name,
        "label": name.title(),
        "kind": "library",
        "format": "parquet",
        "covers": "count",
        "spark": False,
        "versions": {},
    }
    return EngineAbout(**said | changes)


def engine_run(*cells: EngineCell, **changes: Any) -> EngineRun:
    """Pandas, and a Spark that passes it between 1,000 and 100,000 rows."""
    if not cells:
        cells = (
            engine_cell("pandas", 1_000, 1.0, 1.5, 1.25),
            engine_cell("pandas", 100_000, 40.0),
            engine_cell("spark", 1_000, 8.0),
            engine_cell("spark", 100_000, 10.0),
        )
    said: dict[str, Any] = {
        "created": CREATED,
        "software": {"python": "3.11.7"},
        "machine": EngineMachine(
            system="Linux 6.1",
            architecture="x86_64",
            cores=2,
            memory_bytes=8 * 2**30,
            memory="pss",
        ),
        "data": "made for a test",
        "budget_seconds": 60.0,
        "repeats": 3,
        "noisy_share": 0.1,
        "tables": tuple(
            EngineTable(
                rows=rows,
                columns=13,
                groups=3,
                bytes={"parquet": 40 * rows, "csv": 80 * rows},
                files={"parquet": 1, "csv": 1},
                reference="exact",
            )
            for rows in sorted({cell.rows for cell in cells})
        ),
        "engines": (engine("pandas"), engine("spark", kind="distributed", spark=True)),
        "cells": cells,
    }
    return EngineRun(**said | changes)
