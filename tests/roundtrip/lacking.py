"""What a server does not take, though its neighbours do: a fact for each case, which is tested.

By database, the name of a case and the number of the error with which `create_all()` fails.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.roundtrip.case import Case
from tests.servers.database import SQLALCHEMY

NO_SYNTAX, NO_DEFAULT, BAD_DEFAULT = 1064, 1101, 1067

LACKING: Mapping[str, Mapping[str, int]] = {
    "mysql": {
        # TEXT, BLOB and JSON take a default in parentheses alone, and so does a date of its day
        "default of text": NO_DEFAULT,
        "default of JSON": NO_DEFAULT,
        "an empty object as JSON": NO_DEFAULT,
        "mysql default of a text": NO_DEFAULT,
        "mysql default of a blob": NO_DEFAULT,
        "default current date": NO_SYNTAX,
        "CURRENT_DATE": NO_SYNTAX,
        "the moment with a smaller fraction": BAD_DEFAULT,
        "ON UPDATE of zero": BAD_DEFAULT,
        "ON UPDATE with another fraction": BAD_DEFAULT,
        "mysql expression of the server's version": 3770,
        "mysql expression of a digest": 3770,
        "check CASE WHEN a > 1 THEN b = 'x' ELSE a = 0 END": 3812,
        "a column's check of another column": 3813,
        "mysql virtual of the key that numbers itself": 3109,
        "mysql YEAR of two digits": 1818,
        "INET": NO_SYNTAX,
        "geometry of a reference system": NO_SYNTAX,
        "types in words of MariaDB": NO_SYNTAX,
        "COMPRESSED": NO_SYNTAX,
        "mysql sequence": NO_SYNTAX,
        "mysql engine Aria": 1286,
    },
}

UNTIL_2: Mapping[str, int] = {
    **dict.fromkeys(("mysql dates", "mysql times", "mysql moments"), BAD_DEFAULT),
    **dict.fromkeys(
        (
            "the moment in many words",
            "the moment with a fraction",
            "the moment on a date",
            "uuid() of a function",
            "lower('A')",
            "mysql expressions",
            "mysql expressions of strings",
        ),
        NO_SYNTAX,
    ),
}
"""What SQLAlchemy 1.4 writes without the parentheses that MySQL wants around an expression."""
if SQLALCHEMY < (2, 0):
    LACKING = {"mysql": {**LACKING["mysql"], **UNTIL_2}}


def takes(name: str, case: Case) -> bool:
    """Whether a database takes a case."""
    return case.name not in LACKING.get(name, {})
