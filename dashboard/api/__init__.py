"""The API: how a request for a prediction is read, answered, explained and described."""
