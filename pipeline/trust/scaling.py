"""Probabilities made to mean what they say, by one number fitted to rows never seen."""

import math
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]

from pipeline.quality import calibration as binned
from pipeline.quality import wilson
from pipeline.trust.predictions import Numbers, Unseen
from store.trust import Calibration, ReliabilityBin

STRONGEST = 20.0  # an exponent lies between this and its inverse
DECIMALS = 6  # of what is drawn, not computed with
TINY = float(np.finfo(np.float64).tiny)


def calibrated(probabilities: Numbers, exponent: float, floor: float) -> Numbers:
    """Temperature scaling: p -> (p + floor)^exponent / sum, shapes (n, classes).

    The exponent is the inverse of the temperature of Guo et al. (2017). The floor gives a class
    that no tree voted for a chance; the order of the classes stays. With exponent 1 and floor 0
    the probabilities are returned as they are.
    """
    if exponent == 1 and floor == 0:
        return probabilities
    logs = exponent * np.log(probabilities + floor)
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    found: Numbers = raised / raised.sum(axis=1, keepdims=True)
    return found


def calibration_of(found: Unseen) -> Calibration:
    """The map that lowers the log loss, measured on folds that it was not fitted to.

    The floor is 1 / (rows + classes): who has seen so many rows cannot call anything rarer.
    """
    classes = found.answers.shape[1]
    floor = 1 / (len(found.true) + classes)
    after = np.zeros_like(found.answers)
    for fold in np.unique(found.folds):
        out = found.folds == fold
        after[out] = calibrated(found.answers[out], _exponent(found.of(~out), floor), floor)
    lost, left = _log_loss(found.answers, found.true), _log_loss(after, found.true)
    exponent = _exponent(found, floor)
    if left >= lost:
        exponent, floor, left, after = 1.0, 0.0, lost, found.answers
    return Calibration(
        exponent=exponent,
        floor=floor,
        log_loss_before=lost,
        log_loss_after=left,
        rows=len(found.true),
        before=reliability(found.answers, found.true),
        after=reliability(after, found.true),
    )


def reliability(probabilities: Numbers, true: Numbers) -> tuple[ReliabilityBin, ...]:
    """How often what was given a probability came true, in those bins that have any."""
    outcomes = true[:, None] == np.arange(probabilities.shape[1])
    return tuple(
        _with_interval(item.low, item.high, item.count, item.mean_predicted, item.observed)
        for item in binned(probabilities, outcomes)
        if item.count
    )


def _with_interval(low: float, high: float, count: int, mean: Any, share: Any) -> ReliabilityBin:
    interval = wilson(round(share * count), count)
    return ReliabilityBin(
        low=low,
        high=high,
        count=count,
        mean_predicted=round(mean, DECIMALS),
        observed=round(share, DECIMALS),
        observed_low=round(interval.low, DECIMALS),
        observed_high=round(interval.high, DECIMALS),
    )


def _exponent(found: Unseen, floor: float) -> float:
    """The exponent of the least log loss, which is convex in it."""

    def lost(log_exponent: float) -> float:
        return _log_loss(calibrated(found.answers, math.exp(log_exponent), floor), found.true)

    widest = math.log(STRONGEST)
    best = minimize_scalar(lost, bounds=(-widest, widest), method="bounded")
    return float(f"{math.exp(best.x):.4g}")  # the loss is flat here, and machines differ below


def _log_loss(probabilities: Numbers, true: Numbers) -> float:
    """The mean of -log of what the true class was given; a chance of 0 counts as 2.2e-308."""
    given = probabilities[np.arange(len(true)), true]
    return max(0.0, float(-np.log(np.maximum(given, TINY)).mean()))
