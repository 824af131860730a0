"""The rule, in plain Python: what each step has to give."""
