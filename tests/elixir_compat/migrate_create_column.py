"""Add one column of a declared table with sqlalchemy-migrate: `python THIS URL TABLE COLUMN`.

A program, because `import migrate` alters SQLAlchemy for the whole process. What is declared is a
`movie` with a plain `rating` and a `studio_id` that refers to `studio`.
"""

import sys

import sqlalchemy as sa
from migrate.changeset.schema import create_column


def declared(engine: sa.engine.Engine) -> sa.MetaData:
    metadata = sa.MetaData(bind=engine)
    sa.Table("studio", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "movie",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(60)),
        sa.Column("rating", sa.Integer),
        sa.Column("studio_id", sa.Integer, sa.ForeignKey("studio.id")),
    )
    return metadata


if __name__ == "__main__":
    url, table_name, column_name = sys.argv[1:]
    table = declared(sa.create_engine(url)).tables[table_name]
    create_column(table.c[column_name], table)
