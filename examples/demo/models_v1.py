"""The models of a bicycle workshop, as they were when its database was made."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(30))
    fax: Mapped[str | None] = mapped_column(String(30))


class Bike(Base):
    __tablename__ = "bike"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    make: Mapped[str] = mapped_column(String(60))


class Job(Base):
    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    bike_id: Mapped[int] = mapped_column(ForeignKey("bike.id"))
    task: Mapped[str | None] = mapped_column(String(60))
    received_on: Mapped[date]


class Voucher(Base):
    __tablename__ = "voucher"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    amount: Mapped[int]
