"""The memory of a study: outcomes by what decided them, and locks on what is being made."""
