"""Names by which rows and strategies are told apart; importing them costs nothing."""

#: Stage of the row of a whole launch.
TOTAL = "total"
#: Tag of the second name of the baseline: the ratio of the two is the floor of noise.
AGAIN = "again"
