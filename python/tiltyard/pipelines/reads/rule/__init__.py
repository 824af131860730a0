"""The rule in plain Python: what is right. It reads like the rule, and takes no short cut."""
