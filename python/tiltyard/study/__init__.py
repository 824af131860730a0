"""The former place of the engine, now `tiltyard.engine`."""
