"""explainerdashboard: an explainer, and of the dashboard only the page of what-if questions.

Its quick start has more pages, which would only weigh on it. The inputs are empty at first, and
there is a prediction of that.
"""

import os

import joblib
import pandas as pd
from explainerdashboard import ClassifierExplainer, ExplainerDashboard

if __name__ == "__main__":
    model = joblib.load(os.environ["WINE_MODEL"])
    table = pd.read_csv(os.environ["WINE_TABLE"])
    explainer = ClassifierExplainer(model, table.drop(columns="cultivar"), table["cultivar"])
    dashboard = ExplainerDashboard(
        explainer,
        importances=False,
        model_summary=False,
        contributions=False,
        shap_dependence=False,
        shap_interaction=False,
        decision_trees=False,
    )
    dashboard.run(host="127.0.0.1", port=int(os.environ["PORT"]))
