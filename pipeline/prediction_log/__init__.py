"""What was asked, out of the prediction log: as a table, as a profile, and as rows to train on.

database    where the log is
selection   which predictions, read in batches in the order of their ids
columns     a batch as columns, each of its own type
export      the selection as files, in bounded memory
described   the descriptor of what a model was asked, from what it was trained on
profile     the selection exported and profiled
"""
