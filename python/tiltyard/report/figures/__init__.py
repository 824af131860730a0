"""Static figures of a study's tables: one module a figure, one style, one list of them."""
