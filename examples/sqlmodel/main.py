"""SQLModel: autosync.sync(engine, SQLModel) in the place of SQLModel.metadata.create_all(engine).

    pip install sqlmodel
    python examples/sqlmodel/main.py

It keeps its plants in garden.db, or where DATABASE_URL says.
"""

import os
from datetime import date

from sqlmodel import Field, Session, SQLModel, create_engine, select

import autosync


class Bed(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    place: str = Field(max_length=60)


class Plant(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60, index=True)
    watered_on: date | None = None
    perennial: bool = Field(default=False)
    bed_id: int | None = Field(default=None, foreign_key="bed.id", index=True)


def main() -> None:
    engine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///garden.db"))
    print(autosync.sync(engine, SQLModel))
    with Session(engine) as session:
        session.add(Plant(name="Sage", perennial=True, watered_on=date(2024, 6, 1)))
        session.commit()
        for plant in session.exec(select(Plant).order_by(Plant.id)):
            print(f"{plant.name}: perennial {plant.perennial}, watered {plant.watered_on}")
    engine.dispose()


if __name__ == "__main__":
    main()
