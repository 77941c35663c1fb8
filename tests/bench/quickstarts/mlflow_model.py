"""MLflow: a saved model, which ``mlflow models serve`` serves."""

import os
import sys

import joblib
import mlflow.sklearn

if __name__ == "__main__":
    model = joblib.load(os.environ["WINE_MODEL"])
    # Its own default format refuses types that it does not know; a pickle always loads.
    mlflow.sklearn.save_model(model, sys.argv[1], serialization_format="cloudpickle")
