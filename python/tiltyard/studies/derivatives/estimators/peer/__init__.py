"""Peers: published packages as they are, measured through adapters of a few lines.

They come with the extra ``peers``; where a package is not installed, the catalogue goes without
its methods and says so.
"""
