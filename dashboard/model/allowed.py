"""The names a model file may contain: an exact, static list, and nothing beside it.

Each family of classes is here because ``structure`` can check what its native code would trust,
or because it is plain numpy. Nothing is ever imported or looked up that is not in this list.

A signed release may contain every public estimator of scikit-learn (``estimators.json``) with the
native parts that they are made of. That the numbers in those are sound is the word of who signed.
"""

import json
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path

from store.errors import CannotOpen, ModelRefused

ESTIMATORS = Path(__file__).with_name("estimators.json")


class Kind(Enum):
    """What may be done with a name."""

    ESTIMATOR = "made empty, then given its attributes"
    FUNCTION = "replaced by a guarded function of ours"
    VALUE = "a type that stands as a plain value"
    NATIVE = "made by scikit-learn's own code, which trusts what it is given: if signed"
    UNUSED = "not needed to predict: None takes its place"


Allowed = Mapping[tuple[str, str], Kind]

_ESTIMATORS = {
    "sklearn.calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration",
    "sklearn.compose._column_transformer": "ColumnTransformer",
    "sklearn.compose._target": "TransformedTargetRegressor",
    "sklearn.decomposition._pca": "PCA",
    "sklearn.decomposition._truncated_svd": "TruncatedSVD",
    "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "sklearn.dummy": "DummyClassifier DummyRegressor",
    "sklearn.ensemble._bagging": "BaggingClassifier BaggingRegressor",
    "sklearn.ensemble._forest": (
        "RandomForestClassifier ExtraTreesClassifier RandomForestRegressor ExtraTreesRegressor"
    ),
    "sklearn.ensemble._gb": "GradientBoostingClassifier GradientBoostingRegressor",
    "sklearn.ensemble._hist_gradient_boosting.binning": "_BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": (
        "HistGradientBoostingClassifier HistGradientBoostingRegressor"
    ),
    "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
    "sklearn.ensemble._stacking": "StackingClassifier StackingRegressor",
    "sklearn.ensemble._voting": "VotingClassifier VotingRegressor",
    "sklearn.ensemble._weight_boosting": "AdaBoostClassifier AdaBoostRegressor",
    "sklearn.feature_selection._univariate_selection": "SelectKBest SelectPercentile",
    "sklearn.feature_selection._variance_threshold": "VarianceThreshold",
    "sklearn.impute._base": "MissingIndicator SimpleImputer",
    "sklearn.isotonic": "IsotonicRegression",
    "sklearn.linear_model._base": "LinearRegression",
    "sklearn.linear_model._bayes": "ARDRegression BayesianRidge",
    "sklearn.linear_model._coordinate_descent": "ElasticNet ElasticNetCV Lasso LassoCV",
    "sklearn.linear_model._glm.glm": "GammaRegressor PoissonRegressor TweedieRegressor",
    "sklearn.linear_model._huber": "HuberRegressor",
    "sklearn.linear_model._least_angle": "Lars LassoLars LassoLarsIC",
    "sklearn.linear_model._logistic": "LogisticRegression LogisticRegressionCV",
    "sklearn.linear_model._omp": "OrthogonalMatchingPursuit",
    "sklearn.linear_model._quantile": "QuantileRegressor",
    "sklearn.linear_model._ridge": "Ridge RidgeCV RidgeClassifier RidgeClassifierCV",
    "sklearn.linear_model._stochastic_gradient": "SGDClassifier SGDRegressor",
    "sklearn.linear_model._theil_sen": "TheilSenRegressor",
    "sklearn.naive_bayes": "GaussianNB MultinomialNB BernoulliNB CategoricalNB ComplementNB",
    "sklearn.neighbors._classification": "KNeighborsClassifier",
    "sklearn.neighbors._regression": "KNeighborsRegressor",
    "sklearn.neural_network._multilayer_perceptron": "MLPClassifier MLPRegressor",
    "sklearn.pipeline": "Pipeline",
    "sklearn.preprocessing._data": (
        "Binarizer StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Normalizer "
        "PowerTransformer QuantileTransformer"
    ),
    "sklearn.preprocessing._discretization": "KBinsDiscretizer",
    "sklearn.preprocessing._encoders": "OneHotEncoder OrdinalEncoder",
    "sklearn.preprocessing._function_transformer": "FunctionTransformer",
    "sklearn.preprocessing._label": "LabelBinarizer LabelEncoder",
    "sklearn.preprocessing._polynomial": "PolynomialFeatures",
    "sklearn.svm._classes": "SVC SVR NuSVC NuSVR LinearSVC LinearSVR",
    "sklearn.tree._classes": (
        "DecisionTreeClassifier ExtraTreeClassifier DecisionTreeRegressor ExtraTreeRegressor"
    ),
}
_FUNCTIONS = {
    "_codecs": "encode",
    "builtins": "bytes frozenset set slice",
    "copyreg": "_reconstructor",
    "numpy": "dtype",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy.core.multiarray": "_reconstruct scalar",
    "sklearn.tree._tree": "Tree",
}
_VALUES = {
    "builtins": "dict object",
    "joblib.numpy_pickle": "NumpyArrayWrapper",
    "numpy": "ndarray bool_ float32 float64 int32 int64 object_ str_",
}
_LOSSES = (
    "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss "
    "CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity "
    "CyHuberLoss CyPinballLoss"
)
_UNUSED = {
    "numpy.ma": "MaskedArray",
    "numpy.ma.core": "_mareconstruct",
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "sklearn._loss._loss": (f"{_LOSSES} __pyx_unpickle_{' __pyx_unpickle_'.join(_LOSSES.split())}"),
    "sklearn._loss.link": (
        "HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit"
    ),
    "sklearn._loss.loss": (
        "AbsoluteError ExponentialLoss HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss "
        "HalfPoissonLoss HalfSquaredError HalfTweedieLoss HalfTweedieLossIdentity HuberLoss "
        "PinballLoss"
    ),
    "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_regression",
    "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
    "sklearn.linear_model._sgd_fast": (
        "EpsilonInsensitive Hinge ModifiedHuber SquaredEpsilonInsensitive SquaredHinge"
    ),
    "sklearn.metrics._scorer": "_PassthroughScorer",
    "sklearn.model_selection._split": "KFold StratifiedKFold",
    "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
    "sklearn.utils._bunch": "Bunch",
}

# Of signed releases only.
_PARTS = {
    "sklearn.gaussian_process._gpc": "_BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels": (
        "CompoundKernel ConstantKernel DotProduct ExpSineSquared Exponentiation Matern "
        "PairwiseKernel Product RBF RationalQuadratic Sum WhiteKernel"
    ),
    "sklearn.multiclass": "_ConstantPredictor",
}
_METRICS = "Chebyshev Euclidean Haversine Mahalanobis Manhattan Minkowski SEuclidean"
_NATIVE = {
    "scipy.sparse._csr": "csr_array csr_matrix",
    "sklearn.metrics._dist_metrics": "newObj "
    + " ".join(f"{metric}Distance{bits}" for metric in _METRICS.split() for bits in (32, 64)),
    "sklearn.neighbors._ball_tree": "newObj BallTree BallTree32 BallTree64",
    "sklearn.neighbors._kd_tree": "newObj KDTree KDTree32 KDTree64",
}


def _table(kind: Kind, names: Mapping[str, str]) -> dict[tuple[str, str], Kind]:
    return {(module, name): kind for module, some in names.items() for name in some.split()}


ALLOWED: Allowed = {
    **_table(Kind.ESTIMATOR, _ESTIMATORS),
    **_table(Kind.FUNCTION, _FUNCTIONS),
    **_table(Kind.VALUE, _VALUES),
    **_table(Kind.UNUSED, _UNUSED),
}


@cache
def allowed_if_signed() -> Allowed:
    """The names of a signed release: every public estimator too, and its native parts."""
    listed = json.loads(ESTIMATORS.read_bytes())
    public = _table(Kind.ESTIMATOR, {module: " ".join(names) for module, names in listed.items()})
    return {**public, **_table(Kind.ESTIMATOR, _PARTS), **_table(Kind.NATIVE, _NATIVE), **ALLOWED}


def refusal(module: str, name: str) -> ModelRefused:
    """Why a name does not open: for want of a version, of a check of ours, or for being hostile."""
    shown = f"{module}.{name}"[:120]
    if module.startswith("sklearn.model_selection._search"):
        return ModelRefused(
            f"It contains {shown!r}, the search that found a model, not the model alone. "
            "Publish its best_estimator_."
        )
    if module in _NATIVE and module.startswith("sklearn."):
        return ModelRefused(
            "It contains a search tree (KDTree or BallTree), whose native code trusts its numbers "
            "and which this server has no check for. Fit with algorithm='brute', or sign the "
            "release."
        )
    if (module, name) in allowed_if_signed():
        return ModelRefused(
            f"It contains {shown!r}, which this server has no structural check for, so it opens "
            "only from a signed release. Sign the release, or publish one of the families that "
            "docs/estimators.md lists."
        )
    is_class = name.isidentifier() and name.lstrip("_")[:1].isupper()
    if module.startswith("sklearn.") and (is_class or name.startswith("__pyx_unpickle_")):
        return CannotOpen(
            f"It contains {shown!r}, which this version of scikit-learn does not have. Train and "
            "publish it again with the version here."
        )
    return ModelRefused(
        f"It asks for {shown!r}, which no scikit-learn model needs and which could run any code. "
        "Do not use this file; publish a model from a machine you trust."
    )
