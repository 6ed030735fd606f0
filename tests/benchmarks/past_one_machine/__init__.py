"""Citus compared with one PostgreSQL: the figures of docs/how-to/past-one-machine.md."""
