"""Tables of counts: their rows, and their formats."""
