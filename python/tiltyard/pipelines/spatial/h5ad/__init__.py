"""Files of AnnData (h5ad), by its documented on-disk format, read in blocks and written.

The format: https://anndata.readthedocs.io/en/stable/fileformat-prose.html
"""
