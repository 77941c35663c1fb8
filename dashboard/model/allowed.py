"""The names a model file may contain: an exact, static list, and nothing beside it.

Each family of classes is here because ``structure`` can check what its native code would trust,
or because it is plain numpy. Nothing is ever imported or looked up that is not in this list.
"""

from enum import Enum


class Kind(Enum):
    """What may be done with a name."""

    ESTIMATOR = "made empty, then given its attributes"
    FUNCTION = "replaced by a guarded function of ours"
    VALUE = "a type that stands as a plain value"
    UNUSED = "not needed to predict: None takes its place"


_ESTIMATORS = {
    "sklearn.calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration",
    "sklearn.decomposition._pca": "PCA",
    "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "sklearn.dummy": "DummyClassifier",
    "sklearn.ensemble._bagging": "BaggingClassifier",
    "sklearn.ensemble._forest": "RandomForestClassifier ExtraTreesClassifier",
    "sklearn.ensemble._gb": "GradientBoostingClassifier",
    "sklearn.ensemble._weight_boosting": "AdaBoostClassifier",
    "sklearn.isotonic": "IsotonicRegression",
    "sklearn.linear_model._logistic": "LogisticRegression LogisticRegressionCV",
    "sklearn.linear_model._stochastic_gradient": "SGDClassifier",
    "sklearn.naive_bayes": "GaussianNB MultinomialNB BernoulliNB ComplementNB",
    "sklearn.neighbors._classification": "KNeighborsClassifier",
    "sklearn.neural_network._multilayer_perceptron": "MLPClassifier",
    "sklearn.pipeline": "Pipeline",
    "sklearn.preprocessing._data": (
        "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Normalizer PowerTransformer "
        "QuantileTransformer"
    ),
    "sklearn.preprocessing._label": "LabelBinarizer LabelEncoder",
    "sklearn.svm._classes": "SVC",
    "sklearn.tree._classes": "DecisionTreeClassifier ExtraTreeClassifier DecisionTreeRegressor",
}
_FUNCTIONS = {
    "_codecs": "encode",
    "numpy": "dtype",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy.core.multiarray": "_reconstruct scalar",
    "sklearn.tree._tree": "Tree",
}
_VALUES = {
    "joblib.numpy_pickle": "NumpyArrayWrapper",
    "numpy": "ndarray float32 float64 int32 int64",
}
_UNUSED = {
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "sklearn._loss._loss": (
        "CyHalfBinomialLoss CyHalfMultinomialLoss CyExponentialLoss "
        "__pyx_unpickle_CyHalfBinomialLoss __pyx_unpickle_CyHalfMultinomialLoss "
        "__pyx_unpickle_CyExponentialLoss"
    ),
    "sklearn._loss.link": "Interval LogitLink HalfLogitLink MultinomialLogit",
    "sklearn._loss.loss": "HalfBinomialLoss HalfMultinomialLoss ExponentialLoss",
    "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
}

ALLOWED: dict[tuple[str, str], Kind] = {
    (module, name): kind
    for kind, table in (
        (Kind.ESTIMATOR, _ESTIMATORS),
        (Kind.FUNCTION, _FUNCTIONS),
        (Kind.VALUE, _VALUES),
        (Kind.UNUSED, _UNUSED),
    )
    for module, names in table.items()
    for name in names.split()
}
CLASSIFIERS = sorted(
    name
    for (_, name), kind in ALLOWED.items()
    if kind is Kind.ESTIMATOR
    and not name.startswith("_")
    and name.endswith(("Classifier", "CV", "LogisticRegression", "SVC", "NB", "Analysis"))
)


def why_not(module: str, name: str) -> str:
    """A sentence about a name that is not in the list."""
    shown = f"{module}.{name}"[:120]
    if module.startswith(("sklearn.neighbors._", "sklearn.metrics._dist_metrics")):
        return (
            "It contains a search tree (KDTree or BallTree), whose native code trusts its numbers "
            "and which this server has no check for. Fit with algorithm='brute', publish again."
        )
    if module.partition(".")[0] == "sklearn" and name.isidentifier() and name[0].isupper():
        return (
            f"It contains {shown!r}, which this server has no structural check for. Allowed are "
            f"{', '.join(CLASSIFIERS)}, and Pipelines of those with scalers or PCA."
        )
    return (
        f"It asks for {shown!r}, which no scikit-learn classifier needs and which could run any "
        "code. Do not use this file; publish a model from a machine you trust."
    )
