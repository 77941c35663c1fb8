"""The rows of a table as arrays, judged by one set of rules: what every engine reads through.

    splits    the files cut into pieces of work, the same on every machine
    blocks    the bytes of a text file as blocks of whole lines
    batches   a split as Arrow batches of the columns that are needed
    cells     the cells of a column as numbers, days or texts
    conditions  which rows are asked for
    pruning   files and row groups that can have none of these
    judge     a batch as arrays of its usable rows, and why the others are kept out
    reader    all of it: ``Reading`` + ``Split`` -> ``Judged``

A row is kept out when it has another number of fields than the header, text where a number or a
date belongs, an infinite number, no value in the target where rows are grouped by it first, or one
that is none of its classes. An empty field or NaN is a missing value and no reason. The first
reason counts. A row that is not asked for is as if it were not there.

Workers need pyarrow and numpy for it, and nothing else.
"""
