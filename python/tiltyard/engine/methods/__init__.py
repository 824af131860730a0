"""Methods, which a study compares: their selection, catalogue and versions."""
