"""Files that are whole or absent, in the formats that a study writes."""
