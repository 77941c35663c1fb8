"""The same aggregation on many engines, one file each: sequential, parallel, distributed.

Each of these modules has one function, ``aggregate(files, question) -> answer``:

    sequential       one process, the standard library alone
    parallel         the same code in several processes, then a merge
    with_streaming   streaming/mapper.py | sort | streaming/reducer.py, as Hadoop runs them
    rdd              Spark's oldest interface: mapPartitions, then reduceByKey
    dataframe        Spark's own aggregate functions
    spark            the Spark job of this program: files to arrays to sums, in Spark's tasks
    kernel           the same arrays in one process, without Spark
    with_pandas, with_polars, with_duckdb   what one would pick instead

Around them:

    question   what is asked, and what an answer means: the one definition that all keep to
    tally      one column's figures in plain Python, and how two of them become one
    splits     CSV files in pieces that can be counted side by side
    registry   the engines: what each covers, reads and needs
    reference  the right answer, and how far another is from it
    tables     synthetic tables of the sizes asked for
    cell       one engine on one table in a process of its own
    meter      what a process and its children take of time and memory
    harness    every engine on every size, within a budget
"""
