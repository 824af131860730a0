"""Models that turn sequences into vectors: their folders, graphs, tokens and sessions."""
