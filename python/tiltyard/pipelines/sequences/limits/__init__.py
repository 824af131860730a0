"""What the machine must do in any case."""
