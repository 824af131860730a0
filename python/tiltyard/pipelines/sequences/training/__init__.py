"""How the embedded classifier is trained, and how often it is right on whole groups left out."""
