"""Feedback: what people say of an answer, by the id of its prediction. The last word counts."""
