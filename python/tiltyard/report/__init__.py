"""Tables in the terminal and figures of the merged results."""
