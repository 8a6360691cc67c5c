"""What stands at the end of each command's help."""

PROGRAM = """\b
Exit status:
  0    in sync
  1    it could not be done
  2    the command line is wrong
  3    additive changes are pending
  4    something is refused, or could not be compared
  130  interrupted

\b
Examples:
  autosync plan shop.models:Base --db sqlite:///shop.db
  autosync check shop.models:Base --fail-on refused --format json
  autosync check shop.models:Base --against schema.json
  autosync sync shop.models:Base --yes --on-refused raise
  autosync wait shop.models:Base --timeout 120
  autosync explain not-null-without-default
"""
PLAN = """\b
Example:
  autosync plan shop.models:Base --db postgresql+psycopg://me@localhost/shop
"""
CHECK = """\b
Examples:
  autosync check shop.models:Base --db sqlite:///shop.db || echo "not in sync"
  autosync check shop.models:Base --format markdown --output plan.md --format github
  autosync check --alembic
"""
SNAPSHOT = """\b
Examples:
  autosync snapshot --db postgresql+psycopg://me@db.example/shop --rows -o schema.json
  autosync check shop.models:Base --against schema.json

\b
  autosync snapshot shop.models:Base --dialect postgresql -o base.json
"""
SYNC = """\b
Examples:
  autosync sync shop.models:Base --dry-run
  autosync sync shop.models:Base --yes --allow indexes --deadline 10
"""
UPGRADE = """\b
Examples:
  autosync upgrade --revisions migrations --db sqlite:///shop.db
  autosync upgrade --revisions alembic.ini --stamp 4f0d2c --yes
"""
CURRENT = """\b
Example:
  autosync current --revisions migrations --format json
"""
REVISION = """\b
Example:
  autosync revision -m "longer names" shop.models:Base --revisions alembic.ini
"""
ADOPT = """\b
Example:
  autosync upgrade --revisions old_repository --yes   # with SQLAlchemy 1.4
  autosync adopt old_repository migrations --yes      # with 1.4 or 2
"""
WAIT = """\b
Example:
  autosync wait shop.models:Base --timeout 120 && exec gunicorn shop.wsgi
"""
CONFIG = """\b
Example, and what it needs in pyproject.toml:
  autosync config --database staging

\b
  [tool.autosync]
  target = "shop.models:Base"
  fail_on = "refused"

\b
  [tool.autosync.databases.staging]
  url = "postgresql+psycopg://shop:${STAGING_PASSWORD}@db.example/shop"
"""
RULES = """\b
Example:
  autosync rules --format markdown > codes.md
"""
COMPLETION = """\b
Examples, for bash, zsh and fish:
  autosync completion bash > ~/.local/share/bash-completion/completions/autosync
  source <(autosync completion zsh)
  autosync completion fish > ~/.config/fish/completions/autosync.fish
"""
EXPLAIN = """\b
Example:
  autosync explain likely-rename
"""
