"""FastAPI with an async engine: the database is brought up to the models before the first request.

    pip install fastapi aiosqlite greenlet uvicorn
    uvicorn --app-dir examples/fastapi_async app:app

It keeps its notes in notes.db, or where DATABASE_URL says.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import autosync


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(500))
    pinned: Mapped[bool] = mapped_column(default=False)


class NewNote(BaseModel):
    text: str
    pinned: bool = False


class StoredNote(NewNote):
    model_config = ConfigDict(from_attributes=True)

    id: int


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///notes.db"))
    async with engine.begin() as connection:
        await connection.run_sync(autosync.sync, Base.metadata)
    app.state.engine = engine
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(request.app.state.engine, expire_on_commit=False) as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]


@app.get("/notes")
async def list_notes(session: Session) -> list[StoredNote]:
    notes = await session.scalars(select(Note).order_by(Note.pinned.desc(), Note.id))
    return [StoredNote.model_validate(note) for note in notes]


@app.post("/notes", status_code=201)
async def add_note(new: NewNote, session: Session) -> StoredNote:
    note = Note(**new.model_dump())
    session.add(note)
    await session.commit()
    return StoredNote.model_validate(note)
