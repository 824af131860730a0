"""The points of a study: axes, checked configuration, seeds."""
