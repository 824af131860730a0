"""What a study compares: methods, their selection and their versions."""
