"""Whether two models are equally good, so that their times may be compared."""

import math

from store.benchmark_run import Quality

ACCURACY, STANDARD_ERRORS = 0.01, 3.0
INERTIA = 0.02  # of the CPU's: k-means ends in other places on other devices
EXPLAINED_VARIANCE = 1e-3


def equally_good(cpu: Quality, gpu: Quality) -> bool:
    """Whether the difference is no more than chance or rounding explains.

    Accuracies may differ by 0.01, or by three standard errors of their difference where that is
    more; inertia by 2 %, explained variance by 0.001.
    """
    if cpu.metric != gpu.metric:
        return False
    apart = abs(cpu.value - gpu.value)
    if cpu.metric == "accuracy":
        error = math.sqrt(sum(max(q.value * (1 - q.value), 0) / q.rows for q in (cpu, gpu)))
        return apart <= max(ACCURACY, STANDARD_ERRORS * error)
    if cpu.metric == "inertia":
        return apart <= INERTIA * abs(cpu.value)
    return apart <= EXPLAINED_VARIANCE
