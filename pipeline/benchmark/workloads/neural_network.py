"""A small neural network in PyTorch: two hidden layers of 64, ten epochs of Adam."""

from typing import Any

from pipeline.benchmark.arrays import Loaded, device_of, load_torch
from pipeline.benchmark.job import Job, Score, Way, Workload, accuracy
from store.benchmark_data import Data
from store.benchmark_run import COLUMNS, Device, Flag

HIDDEN, EPOCHS, BATCH, RATE = 64, 10, 1_024, 1e-3
FLAGS: dict[str, Flag] = {
    "hidden_layers": f"{HIDDEN}, {HIDDEN}",
    "epochs": EPOCHS,
    "batch": BATCH,
    "optimiser": "Adam",
    "learning_rate": RATE,
}


def make(device: Device) -> Job:
    """On the CPU, an NVIDIA GPU or Apple's."""
    import torch
    from torch import nn

    def fit(rows: Loaded) -> Any:
        torch.manual_seed(0)
        layers = (nn.Linear(COLUMNS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU())
        model = nn.Sequential(*layers, nn.Linear(HIDDEN, 2)).to(device)  # made on the host
        optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
        loss = nn.CrossEntropyLoss()
        for _ in range(EPOCHS):
            # Drawn on the host, so that every device sees the same batches.
            order = torch.randperm(len(rows.x)).to(device)
            for batch in order.split(BATCH):
                optimiser.zero_grad()
                loss(model(rows.x[batch]), rows.y[batch]).backward()
                optimiser.step()
        return model

    def load(data: Data) -> Loaded:
        rows = load_torch(data, device)
        return rows._replace(y=rows.y.long())

    def score(model: Any, data: Data) -> Score:
        with torch.no_grad():
            return accuracy(model(torch.from_numpy(data.held_out.x)).argmax(dim=1).numpy(), data)

    return Job(
        fit=fit,
        score=score,
        ran_on=lambda model: device_of(next(model.parameters())),
        load=load,
        back=lambda model: model.cpu(),
        transfer="none" if device == "cpu" else "separate",
    )


TORCH = Way("PyTorch", ("torch",), make)
WORKLOAD = Workload(
    "neural_network",
    "Neural network, 13-64-64-2, 10 epochs",
    FLAGS,
    {"cpu": (TORCH,), "cuda": (TORCH,), "mps": (TORCH,)},
)
