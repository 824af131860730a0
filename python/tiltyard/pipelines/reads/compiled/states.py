"""Numbers that Python and compiled code share."""

#: How looking through a text ended. The table is full.
FULL = 0
#: The text ends inside a record, or behind one.
MORE = -1
#: What follows is wrong, or not for a quick look: the rule says what it is.
ODD = -2
#: Bits of a draw that a guide to thresholds leaves out.
GUIDED = 20
#: What becomes of reversed bytes: nothing, or the letters of the other strand.
PLAIN, DNA, RNA = 0, 1, 2
#: Tables in which bytes are counted, one for each byte of a number of 64 bits.
TABLES = 8
