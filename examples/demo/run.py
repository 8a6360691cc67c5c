"""A bicycle workshop brings last year's database up to today's models. Run it with `make demo`."""

import logging
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import Any

import models_v1 as v1
import models_v2 as v2
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, Row, create_engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import autosync
from autosync.report import console as report_console
from autosync.report.text import lines

console = Console(width=min(Console().width, 80), highlight=False)


def main() -> None:
    # sync() also logs a warning for each refusal; here they are shown in full anyway
    logging.getLogger("autosync").setLevel(logging.ERROR)
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder, 'workshop.db')}")
        try:
            tell(engine)
        finally:
            engine.dispose()


def tell(engine: Engine) -> None:
    step("1. The database, made by an older version of the application")
    create_old_database(engine)
    before = {name: rows(engine, name) for name in ("customer", "bike", "job", "voucher")}
    for name in ("customer", "job"):
        show_rows(name, before[name])

    step("2. What today's models need: autosync.plan(engine, v2.Base), a dry run")
    plan = autosync.plan(engine, v2.Base)
    show_report(plan)

    step("3. Do it: autosync.sync(engine, v2.Base)")
    report = autosync.sync(engine, v2.Base)
    count, same = len(report.statements), report.statements == plan.statements
    say(f"{count} statements, {'just as' if same else 'not all'} in the dry run.")
    say(f"Applied: {', '.join(entry.object for entry in report.applied)}.")
    say(f"Refused, and left as it is: {', '.join(entry.object for entry in report.refused)}.")

    step("4. A refusal comes with its remedy: read it, then paste it")
    rename = next(refusal for refusal in report.refused if refusal.code == "likely-rename")
    console.print(indent(str(rename.remedy), "  "), style="cyan")
    with engine.begin() as connection:
        for statement in rename.remedy.statements:
            connection.exec_driver_sql(statement)
    say("The other two wait for a decision. Jobs and customers can do without it.")

    step("5. The old rows, with the values of the new columns")
    for name in ("customer", "job"):
        show_rows(name, rows(engine, name))
    intact = sum(count_intact(old, rows(engine, name)) for name, old in before.items())
    say(f"{intact} of {sum(map(len, before.values()))} rows hold what they held before.")

    step("6. The application uses what is new")
    use_new_columns(engine)

    step("7. The next start: autosync.sync(engine, v2.Base) again")
    again = autosync.sync(engine, v2.Base)
    say(f"{len(again.statements)} statements: there is nothing to do.")
    say(f"Still refused: {', '.join(entry.object for entry in again.refused)}.")


def create_old_database(engine: Engine) -> None:
    v1.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            [
                v1.Customer(id=1, name="Amara Okafor", phone="0151 220 17", fax="0151 220 18"),
                v1.Customer(id=2, name="Jonas Lindqvist", phone="0170 481 90"),
                v1.Customer(id=3, name="Mei Tanaka"),
                v1.Bike(id=1, customer_id=1, make="Batavus Personal"),
                v1.Bike(id=2, customer_id=2, make="Crescent Elder"),
                v1.Bike(id=3, customer_id=3, make="Surly Straggler"),
                v1.Job(id=1, bike_id=1, task="new chain", received_on=date(2024, 3, 4)),
                v1.Job(id=2, bike_id=2, task="true rear wheel", received_on=date(2024, 3, 5)),
                v1.Job(id=3, bike_id=3, task="bleed brakes", received_on=date(2024, 3, 5)),
                v1.Voucher(code="SPRING24", amount=20),
            ]
        )
        session.commit()


def use_new_columns(engine: Engine) -> None:
    with Session(engine) as session:
        job = session.get_one(v2.Job, 2)
        job.mechanic = v2.Mechanic(name="Noor")
        job.state, job.finished_on = v2.State.ready, date(2024, 3, 7)
        session.get_one(v2.Customer, 2).email = "jonas@example.org"
        session.commit()
        say("To be told that their bicycle is ready:")
        ready = (
            select(v2.Customer.name, v2.Customer.email, v2.Bike.make, v2.Mechanic.name)
            .join_from(v2.Job, v2.Mechanic)
            .join(v2.Bike, v2.Job.bike_id == v2.Bike.id)
            .join(v2.Customer)
            .where(v2.Job.state == v2.State.ready, v2.Customer.reminders)
        )
        for row in session.execute(ready):
            say(f"  {row[0]} <{row[1]}>: {row[2]}, repaired by {row[3]}")
        received = select(func.count()).where(v2.Job.state == v2.State.received)
        say(f"Still to be repaired: {session.scalar(received)}")
        session.get_one(v2.Customer, 3).email = "jonas@example.org"
        try:
            session.commit()
        except IntegrityError as error:
            say(f"The same address for a second customer: {error.orig}")


def rows(engine: Engine, table: str) -> Sequence[Row[Any]]:
    """What is in a table, whatever the models say."""
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all()


def count_intact(before: Sequence[Row[Any]], after: Sequence[Row[Any]]) -> int:
    """Count the rows whose old columns, which still come first, hold what they held."""
    return sum(old == new[: len(old)] for old, new in zip(before, after, strict=True))


def step(title: str) -> None:
    console.print(f"\n{title}", style="bold")
    console.print("-" * len(title), style="dim")


def say(sentence: str) -> None:
    console.print(sentence, markup=False)


def show_report(report: autosync.Plan | autosync.Report) -> None:
    """Print a report as the command line does."""
    report_console.show(lines(report))


def show_rows(name: str, found: Sequence[Row[Any]]) -> None:
    console.print(name, style="italic")
    table = Table(*found[0]._fields, box=None, pad_edge=False, header_style="dim")
    for row in found:
        table.add_row(*("-" if value is None else str(value) for value in row))
    console.print(table)


if __name__ == "__main__":
    main()
