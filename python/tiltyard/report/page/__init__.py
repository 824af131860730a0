"""The interactive page: one file that holds a study's results, to be opened in any browser."""
