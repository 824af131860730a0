"""Files that counts are made from: what is checked of them before any read is counted."""
