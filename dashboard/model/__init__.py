"""The model in the web process: fetched, verified, opened as data, and quick to answer.

loader      the way in: bytes and a card become a ``Predictor``, or ``ModelRefused``
flat        a fitted model as plain numbers, and the walker that answers from them
opener      the child process, the only place where a model file is opened
"""
