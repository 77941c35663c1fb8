"""LitServe: an API class with its four steps, and a worker a processor."""

import os

import joblib
import litserve
import numpy as np


class Wine(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.model = joblib.load(os.environ["WINE_MODEL"])

    def decode_request(self, request: dict) -> np.ndarray:
        return np.array([request["features"]])

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.model.predict_proba(rows)[0]

    def encode_response(self, probabilities: np.ndarray) -> dict:
        return {"prediction": int(probabilities.argmax()), "probabilities": probabilities.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Wine(), accelerator="cpu", workers_per_device=2)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False)
