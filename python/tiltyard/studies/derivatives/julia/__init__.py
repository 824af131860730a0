"""The bridge to Julia: find or install a runtime, start it, call its estimators."""
