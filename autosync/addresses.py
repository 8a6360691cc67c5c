"""What of a database's address is a secret, and how an address is shown without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

HIDDEN = "***"

_PASSWORD = re.compile("pas|pw|secret|token|key|cred|auth", re.IGNORECASE)
"""The options whose value is a password, or something like it."""
_HOLDER = re.compile(
    "odbc_connect|dsn|conninfo|options|service|default_file|default_group|cert", re.IGNORECASE
)
"""Those whose value may hold one, or name what does."""
_COMMAND = re.compile("init_command|init_sql", re.IGNORECASE)
"""Those whose value is a statement."""
_OPEN = re.compile(
    r"charset|collation|(client_)?encoding|use_unicode|ssl|ssl_?mode|\w*timeout|application_name|app"
    r"|driver|server|host(addr)?|port|user(name)?|uid|dbname|database|mode|uri|cache|autocommit"
    r"|isolation_level|target_session_attrs|keepalives\w*|gssencmode|channel_binding|encrypt"
    r"|trust(ed_connection|servercertificate)",
    re.IGNORECASE,
)
"""Those whose value may be shown. Of any other, nobody knows what it is."""

_ANATOMY = re.compile(
    r"""
    [\w+]+://
    (?: (?P<username>[^:/]*) (?: :(?P<password>[^@]*) )? @ )?
    (?: \[(?P<ipv6>[^/?]+)\] | (?P<host>[^/:?]+) )?
    (?: :(?P<port>[^/?]*) )?
    (?: /(?P<database>[^?]*) )?
    (?: \?(?P<query>.*) )?
    """,
    re.VERBOSE | re.DOTALL,
)
"""The parts of a URL, as SQLAlchemy takes it apart."""
_PAIR = re.compile(r"[?&;]([^&;=]*)=?([^&;]*)")
_ASSIGNMENT = re.compile(
    r"""(?<![\w.])([\w.]+)\s*=\s*(
        '(?:[^'\\]|\\.)*'? | "(?:[^"]|"")*"? | \{(?:[^}]|\}\})*\}? | (?:[^\s;&,\\]|\\.)*
    )""",
    re.VERBOSE | re.DOTALL,
)
"""One of a connection string: its name, and its value with what encloses it."""
_LITERAL = re.compile(r"""'((?:[^'\\]|\\.)*)|"((?:[^"\\]|\\.)*)""", re.DOTALL)
_ENCLOSING = re.compile(r"\\(.)|[{}'\"]")
_BREAKS = re.compile(r"[@:/?&=#,;\s'\"\\{}]+")

_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://|[\w+.-]+:/?/?[^/@]*:[^@]*@")
_USER = re.compile(r"^((?:[^:]*:/{1,3})?[^:@]*:)(?!//).*@", re.DOTALL)
"""What stands before the host, in a text that is to be a URL; a path has lost a slash of it."""
_BESIDE_VARIABLE = re.compile(r"(?:(?<=[/?@${}])|^)[^/?@${}]+(?=\$\{|@)")
_PATH = re.compile(r"^([^?]*?:/{1,2}[^/?]*/)([^?]*)")
_OPTION = re.compile(r"(?<![\w.%-])([\w.%-]+)=([^\s;&,]*)")


class Address(NamedTuple):
    """The text of a URL, and where in it stands what an environment variable was replaced by."""

    text: str
    expanded: tuple[tuple[int, int], ...] = ()


class Secret(NamedTuple):
    """A text that no message may show: as a word or, ``within`` longer ones, too."""

    text: str
    within: bool = False


def credentials(url: URL) -> Iterator[Secret]:
    """What of a URL is a secret by itself: its password, and what may be one among its options.

    So is a whole connection string in the place of the database's name, which some drivers take.
    """
    yield Secret(str(url.password or ""), within=True)
    # the rest of a password with an @ that is not written %40
    yield Secret((url.host or "").rpartition("@")[0], within=True)
    for name, values in url.normalized_query.items():
        for value in values:
            yield from _of_option(name, value)
    if _is_composed(url.database):
        yield from _of_option("dsn", str(url.database))


def expansions(address: Address) -> Iterator[Secret]:
    """What environment variables have brought into a URL, and the parts of it that stand there."""
    match = _ANATOMY.fullmatch(address.text)
    parts = list(_spans(match)) if match else [(0, len(address.text))]
    for span in address.expanded:
        inside = [part for part in parts if _overlap(part, span)]
        for start, end in inside:
            yield from _words(address.text[start:end])
        if inside:
            yield from map(Secret, _spelled(address.text[slice(*span)]))


def hides_host(address: Address) -> bool:
    """Whether the name of the host is such a secret: then so is the number that stands for it."""
    match = _ANATOMY.fullmatch(address.text)
    hosts = [match.span(name) for name in ("ipv6", "host", "query")] if match else []
    return any(_overlap(host, span) for host in hosts for span in address.expanded)


def is_url(text: str) -> bool:
    """Whether a text is to be a URL, be it right or wrong: no file is called so."""
    return _SCHEME.match(text) is not None


def without_secrets(text: str) -> str:
    """The text of a URL, be it right or wrong, to be shown: without its password, and without each
    option of which it is not known that it is harmless.
    """
    text = _PATH.sub(
        lambda match: match[1] + (HIDDEN if _is_composed(unquote(match[2])) else match[2]),
        _BESIDE_VARIABLE.sub(_without_password, _USER.sub(rf"\1{HIDDEN}@", text)),
    )
    return _OPTION.sub(
        lambda match: match[0] if _is_open(*match.groups()) else f"{match[1]}={HIDDEN}", text
    )


def _without_password(match: re.Match[str]) -> str:
    """A piece of a URL before a variable, which may hold the @ of a password that is written out;
    and the : before that may be in a variable, too.
    """
    user, colon, password = match[0].partition(":")
    if match.start() and match.string[match.start() - 1] == "}":
        user, colon, password = "", "", match[0]
    return f"{user}{colon}{HIDDEN if re.search('[^:]', password) else password}"


def plain(url: URL) -> str:
    """A URL without the password, and without the query that may hold another."""
    bare = URL.create(url.drivername, url.username, url.password, url.host, url.port)
    text, name = bare.render_as_string(hide_password=True), database_of(url)
    return text if name is None else f"{text}/{name}"


def database_of(url: URL) -> str | None:
    """The name of the database, unless it is a connection string."""
    return HIDDEN if _is_composed(url.database) else url.database


def _is_composed(text: str | None) -> bool:
    return text is not None and ("=" in text or "://" in text)


def _is_open(name: str, value: str) -> bool:
    return _OPEN.fullmatch(name) is not None and not _is_composed(unquote(value))


def _of_option(name: str, value: str) -> Iterator[Secret]:
    if _PASSWORD.search(name):
        yield Secret(value, within=True)
    elif _HOLDER.search(name):
        yield Secret(value)
        yield from () if _is_composed(value) else _words(value)
    elif _COMMAND.search(name):
        yield Secret(value)
        yield from (Secret(one) for pair in _LITERAL.findall(value) for one in pair)
    if _is_composed(value):
        yield from _of_string(value)


def _of_string(text: str) -> Iterator[Secret]:
    """The values in a connection string, and what stands about in it: where the quotes are wrong,
    that is what a driver complains of.
    """
    for address in re.findall(r"[\w+]+://\S+", text):
        try:
            yield from credentials(make_url(address))
        except (ArgumentError, ValueError):
            yield from _words(address)
    for name, value in _ASSIGNMENT.findall(text):
        if not _OPEN.fullmatch(name):
            bare = _ENCLOSING.sub(lambda match: match[1] or "", value)
            yield Secret(bare, within=_PASSWORD.search(name) is not None)
            yield from _words(value)
    yield from _words(_ASSIGNMENT.sub(" ", text))


def _spans(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Where the parts of a URL stand; of its options, their names and their values."""
    for name in ("username", "password", "ipv6", "host", "port", "database"):
        if match[name]:
            yield match.span(name)
    if match["query"]:
        for pair in _PAIR.finditer(match.string, match.start("query") - 1):
            yield from (pair.span(1), pair.span(2))


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _words(text: str) -> Iterator[Secret]:
    """A text, and each word that it falls into."""
    for one in _spelled(text):
        yield Secret(one)
        yield from (Secret(word.lstrip("-")) for word in _BREAKS.split(one))


def _spelled(text: str) -> set[str]:
    """A text as it is written in a URL, and as it is meant."""
    return {text, unquote(text), unquote_plus(text)}
