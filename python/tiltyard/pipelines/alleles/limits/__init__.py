"""What any program has to do that counts reads of BAM files: read the bytes, and inflate them."""
