"""What every request passes before Flask: limits, counts and the short way to an answer."""
