"""Secrets that arrive while the server runs, sealed in the database: an environment to write to."""
