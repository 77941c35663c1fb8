"""The statistics of a profile in one pass over plain arrays: no Spark, no Arrow, no I/O.

    plan      what is known before the pass: columns, their ranges, the bins
    partial   the state of one task: rows in, merged with the states of the others
    group     the part of it that is about one group
    moments   means, spreads and co-moments, stable where the mean dwarfs the spread
    atoms     values that occur so often that they are counted apart from their bin
    tally     the values of a categorical column, in bounded memory
    calendar  rows by day, month or year
    sample    the same rows whatever the partitions
    ranks     quantiles with a stated rank error, and the windows that would lessen it
    zoom      counts inside those windows: another pass over a few columns
    wire      arrays as bytes
    summary   what a caller turns into a ``store.schema.Profile``

A driver makes a ``Plan``, workers fill a ``Partial`` each, and the driver merges them in the order
of the tasks. The same partials in the same order give the same bits; other batches or tasks give
the same integers, quantiles and sample, and other floats that differ by rounding. ``partial`` and
``zoom``, which workers need, need nothing but numpy. BLAS is to run on one thread
(``OPENBLAS_NUM_THREADS=1``), since it rounds differently on several.

    ranks = Ranks.of(partial)
    while windows := ranks.needs_refinement():
        ranks = ranks.refined(a Zoom(windows) that has seen every row)
    summary = finish(partial, ranks)
"""
