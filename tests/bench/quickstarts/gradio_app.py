"""Gradio: a function behind an interface, asked on its fastest way, without the queue."""

import os

import gradio
import joblib
import numpy as np

model = joblib.load(os.environ["WINE_MODEL"])


def predict(*features: float) -> dict[str, float]:
    probabilities = model.predict_proba(np.array([features]))[0]
    return {str(number): float(one) for number, one in enumerate(probabilities)}


with gradio.Blocks() as demo:
    inputs = [gradio.Number() for _ in range(model.n_features_in_)]
    gradio.Button().click(predict, inputs, gradio.Label(), api_name="predict", queue=False)

if __name__ == "__main__":
    demo.launch(server_name="127.0.0.1", server_port=int(os.environ["PORT"]))
