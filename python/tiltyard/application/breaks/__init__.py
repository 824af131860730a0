"""Where a record breaks, and which of its samples are none of its signal's."""
