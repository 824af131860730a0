"""Origin of results, and checks that they are unchanged."""
