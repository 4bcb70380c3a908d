"""Alembic's entry: runs the versions on the connection that `app.migrations.upgrade` hands over."""

from alembic import context

from app.migrations import all_tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=all_tables(), render_as_batch=connection.dialect.name == "sqlite"
)
with context.begin_transaction():
    context.run_migrations()
