"""How a launch is measured: its process tree, its stages, and the state of the machine."""
