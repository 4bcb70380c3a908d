"""Imports all of Closeout, and what it imports itself only when it is needed; for `tests/warm.py`."""

import pkgutil
from importlib import import_module

import alembic.command
import alembic.context  # noqa: F401

import app

for module in pkgutil.walk_packages(app.__path__, "app."):
    # A migration and what runs them only make sense when the library calls them.
    if not module.name.startswith("app.migrations.") and not module.name.endswith("__main__"):
        import_module(module.name)
