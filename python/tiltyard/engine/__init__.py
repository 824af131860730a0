"""The engine of a study of any kind: from a configuration to results that can be checked."""
