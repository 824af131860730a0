"""One folder a family, one file an algorithm; every file here is found and registered by itself."""
