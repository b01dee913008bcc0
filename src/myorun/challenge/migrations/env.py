"""Alembic's entry: migrate over the connection that :mod:`myorun.challenge.ledger` hands in."""

from alembic import context

from myorun.challenge.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
