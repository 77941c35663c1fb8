"""FastAPI with scikit-learn: a model loaded at import, a function that asks it."""

import os

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

model = joblib.load(os.environ["WINE_MODEL"])
app = FastAPI()


class Wine(BaseModel):
    features: list[float]


@app.post("/predict")
def predict(wine: Wine) -> dict:
    probabilities = model.predict_proba(np.array([wine.features]))[0]
    return {"prediction": int(probabilities.argmax()), "probabilities": probabilities.tolist()}
