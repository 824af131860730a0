"""What any strategy has to do: read the bytes, and inflate them."""
