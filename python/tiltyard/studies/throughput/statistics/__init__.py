"""Statistics of launches: what was measured, how sure it is, and what may not be concluded."""
