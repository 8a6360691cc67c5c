"""autosync beside the real Elixir and the real sqlalchemy-migrate, on SQLAlchemy 1.4."""
