"""The whole database as one file, and back: `archive.py` is the file, the others fill it and empty it."""
