"""The whole database as one file, and back: `archive.py` is the file, `snapshot.py` and `restore.py` fill it."""
