"""On the path of the tests below: what several of them plant."""
