"""What the prediction log tells of a span of time, as plain values for Monitor's cards."""
