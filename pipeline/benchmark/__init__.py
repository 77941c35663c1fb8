"""How long training takes on a CPU and on a GPU: ``python -m pipeline benchmark``.

    job           what a workload is; one signature
    workloads/    one small file each
    registry      all of them
    arrays, cuml_accel, intel    what several workloads need of a library
    devices       the processors, and how to wait for one
    nvml          what NVIDIA's driver tells: names, memory, energy
    protocol      the phases of a cell, timed
    worker        a fresh process: one workload on one device, sizes ascending
    processes     starts it, reads what it tells, ends it when its time is up
    harness       every workload on every device, saved after every cell
    progress      what a person sees meanwhile
    fingerprint   the machine, without a name that tells whose it is
    needs         the packages that are not there yet
    run           the work behind the verb: a file of results, and its place in a release

The file is a ``store.benchmark_run.BenchmarkRun``; ``store.benchmark_check`` says when it is to be
believed.
"""
