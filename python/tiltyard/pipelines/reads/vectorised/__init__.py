"""Steps in numpy, over all letters of a batch at once."""
