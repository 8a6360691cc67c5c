"""The models of the same workshop today. What has changed since models_v1.py is marked."""

from datetime import date
from enum import Enum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class State(Enum):
    received = "received"
    in_repair = "in repair"
    ready = "ready"


class Mechanic(Base):  # a new table
    __tablename__ = "mechanic"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Customer(Base):  # without `fax`
    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    phone_number: Mapped[str | None] = mapped_column(String(30))  # was `phone`
    email: Mapped[str | None] = mapped_column(String(120), unique=True)  # new
    reminders: Mapped[bool] = mapped_column(default=True)  # new


class Bike(Base):
    __tablename__ = "bike"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    make: Mapped[str] = mapped_column(String(60))
    wheel_size: Mapped[int]  # new, and nobody knows it of the bikes that are there


class Job(Base):
    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    bike_id: Mapped[int] = mapped_column(ForeignKey("bike.id"))
    task: Mapped[str] = mapped_column(String(60))  # could be NULL
    received_on: Mapped[date]
    state: Mapped[State] = mapped_column(default=State.received)  # new
    mechanic_id: Mapped[int | None] = mapped_column(ForeignKey("mechanic.id"), index=True)  # new
    finished_on: Mapped[date | None]  # new

    mechanic: Mapped[Mechanic | None] = relationship()
