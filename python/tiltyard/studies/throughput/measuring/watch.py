"""Stand-in, not committed."""


class Watch:
    """Stand-in."""

    seconds = 1.0
    steal_share = 0.0
    foreign_share = 0.0
    warnings: tuple[str, ...] = ()

    def look(self) -> None:
        """Nothing."""
