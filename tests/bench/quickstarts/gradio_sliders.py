"""Gradio: an interface of sliders that is asked as they move, as its guide to live ones has it."""

import os

import gradio
import joblib
import numpy as np
import pandas as pd

model = joblib.load(os.environ["WINE_MODEL"])
table = pd.read_csv(os.environ["WINE_TABLE"]).drop(columns="cultivar")


def predict(*features: float) -> dict[str, float]:
    probabilities = model.predict_proba(np.array([features]))[0]
    return {str(number): float(one) for number, one in enumerate(probabilities)}


demo = gradio.Interface(
    predict,
    [
        gradio.Slider(values.min(), values.max(), values.median(), label=name)
        for name, values in table.items()
    ],
    gradio.Label(),
    live=True,
)

if __name__ == "__main__":
    demo.launch(server_name="127.0.0.1", server_port=int(os.environ["PORT"]))
