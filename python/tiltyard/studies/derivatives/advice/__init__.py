"""What a finished study says about samples of a person."""
