"""Puts this folder on the path of the tests below it, which share `planted_launches`."""
