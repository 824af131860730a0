"""The machine that a study runs on, its clock, and the checkout of the code."""
