"""State-space processes and their smoothers."""
