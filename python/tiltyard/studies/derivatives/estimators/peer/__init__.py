"""Peers: published packages as they are, measured through adapters of a few lines.

The extra ``peers`` installs them; the catalogue leaves out the methods of a package that is not
installed, and names it.
"""
