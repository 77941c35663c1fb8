"""Have the inputs moved away from the training data? Between two profiles, and in a live stream.

profiles    how far two profiles of a table lie apart: PSI, its noise, KS
ranks       where a stream's rows rank among the reference and the rows before them
bets        what the test bets on these ranks
state       all that the test knows of a stream
e_process   the sequential test: how rows are folded into the state
power       how many rows it takes to see a shift
baseline    what a model's stream is compared with: rows of a profile, answers of a card
stream      the test of a model's stream in the database, carried on
verdict     what the test says of a stream
assessment  the verdict of a state, with a window of the stream beside the reference
"""
