"""BentoML: a service class with an API method, and a worker a processor."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service(workers=2)
class Wine:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["WINE_MODEL"])

    @bentoml.api
    def predict(self, features: list[float]) -> dict:
        probabilities = self.model.predict_proba(np.array([features]))[0]
        return {"prediction": int(probabilities.argmax()), "probabilities": probabilities.tolist()}
