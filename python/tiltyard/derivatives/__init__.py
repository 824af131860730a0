"""The former place of the derivative study, now `tiltyard.studies.derivatives`."""
