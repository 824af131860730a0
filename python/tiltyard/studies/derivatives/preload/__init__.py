"""Modules that the fork server imports once, to make the slow first call of each library.

Workers are forked from the server, so neither imports nor a library's first call count as an
estimator's time.
"""
