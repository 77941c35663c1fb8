"""The same aggregation on many engines: an EngineRun goes in; Figures, rows, sentences come out."""
