"""The seed: a text, maybe a password, and six characters to find them by; no more.

A small FastAPI app with the behaviour that this site once started from, to compare with:
two addresses, one table of SQLite as it comes, bcrypt in the event loop, and ids that are
taken to be free. uvicorn runs it, in a virtual environment of its own.
"""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import bcrypt
import databases
import sqlalchemy
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

database = databases.Database(os.environ["SEED_DATABASE"])
pastes = sqlalchemy.Table(
    "paste",
    sqlalchemy.MetaData(),
    sqlalchemy.Column("id", sqlalchemy.String, primary_key=True),
    sqlalchemy.Column("text", sqlalchemy.String, nullable=False),
    sqlalchemy.Column("password_hash", sqlalchemy.String, nullable=True),
)
TABLE = "CREATE TABLE IF NOT EXISTS paste (id PRIMARY KEY, text, password_hash)"


class NewPaste(BaseModel):
    text: str
    password: str | None = None


class WantedPaste(BaseModel):
    id: str
    password: str | None = None


@asynccontextmanager
async def connected(app: FastAPI) -> AsyncIterator[None]:
    async with database:
        await database.execute(TABLE)
        yield


app = FastAPI(lifespan=connected)


@app.post("/api/add")
async def add(sent: NewPaste) -> str:
    """Store a text; answer with its id."""
    slug = uuid.uuid4().hex[:6]
    hashed = None
    if sent.password:
        hashed = bcrypt.hashpw(sent.password.encode(), bcrypt.gensalt()).decode()
    values = {"id": slug, "text": sent.text, "password_hash": hashed}
    await database.execute(pastes.insert().values(**values))
    return slug


@app.post("/api/get")
async def get(wanted: WantedPaste) -> str:
    """Answer with the text, to its password where it has one."""
    found = await database.fetch_one(pastes.select().where(pastes.c.id == wanted.id))
    if found is None:
        raise HTTPException(404, "invalid id")
    if found.password_hash is not None:
        if not wanted.password:
            raise HTTPException(401, "Password required")
        if not bcrypt.checkpw(wanted.password.encode(), found.password_hash.encode()):
            raise HTTPException(401, "Wrong password")
    return found.text
