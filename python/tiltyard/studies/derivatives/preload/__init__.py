"""Imported once by the fork server: what makes the first call of a library dear.

Workers are forked from there, so neither imports nor a library's first call count as an
estimator's time.
"""
