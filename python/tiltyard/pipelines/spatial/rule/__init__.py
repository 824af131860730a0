"""The rules in plain numpy, a spot at a time and in float64: they say what is right."""
