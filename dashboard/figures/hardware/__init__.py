"""Training on CPU and GPU: runs and published figures go in; Figures, rows, sentences come out."""
