"""What the machine must do in any case, without any score."""
