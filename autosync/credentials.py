"""What no message may show, and how it is kept out of all that autosync says.

A secret is a password, or what may be one (:mod:`autosync.addresses`); and on the command line, all
that ``${...}`` has brought into the URL, be it only the name of the host. Whoever puts words of
others into a text, of a driver or a server, asks :func:`masked` for them. Inside of :func:`kept`
that knows the secrets.

What stands in their place is ``***``:

- A password, and what can be nothing else (``db-7.example.com``: six characters, and more than
  letters or more than digits), wherever its characters stand.
- Anything else that is secret, wherever it stands as a word.
- What is shorter than four characters, or a word of which messages are made anyway (``db``,
  ``user``), only where it must be what was meant: in quotes, in a URL, after ``user`` and the like,
  or alone. Elsewhere ``***`` would make nonsense of the text, and give the secret away by its
  absence.

Names of tables and columns, and statements, come from the models and the catalog. They are not
masked: a table may be called like the role.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import URL

from autosync.addresses import (
    HIDDEN,
    Address,
    Secret,
    credentials,
    expansions,
    hides_host,
    plain,
    without_secrets,
)
from autosync.escape import one_line

_SHORT, _LONG = 4, 6
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
        access account address admin administrator application authentication autosync catalog
        column connect connection data database databases default denied does driver error exist
        failed file from home host information invalid localhost lock login mariadb master message
        mysql name none null open option options owner password permission port postgres postgresql
        primary public query read refused relation role root schema select server service session
        set sqlite state statement syntax system table tables test text this timeout token true type
        unknown user users value values version view with write
        """,
    )
)
"""Words that messages about databases are made of."""
_MEANT = r"user|role|owner|host|server|database|schema|port|file|login|password"
_HOST_NUMBER = re.compile(
    r"""
    (?<![\w.]) \d{1,3} (?: \.\d{1,3} ){3} (?![\w.]\d) |
    (?<=["'(\[]) [\da-f]{0,4}:[\da-f:.]{0,40}:[\da-f.]{0,15} (?=["')\]])
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""An address by which a driver calls a host whose name was resolved."""
_IN_TEXT = re.compile(r"(?<![\w+.-])[\w+.-]*:/{1,3}\S+")
_QUOTED = re.compile(
    r"""(
        (?: password | passwd | pwd | identified \s+ (?: by | (?:via|with) \s+ \w+ \s+ \w+ ) )
        (?: \s | = | \( | password ){1,9} (?: [enx] | u& )?
    )(?:
        '(?: [^'\\] | '' | \\. )* (?: ' | \\?\Z ) |
        "(?: [^"\\] | "" | \\. )* (?: " | \\?\Z ) |
        \$(\w*)\$ .*? (?: \$\2\$ | \Z )
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
"""A literal in a statement, or in a connection string; to the end of the text if it was cut off."""
_BARE = re.compile(
    r"((?:\b\w*pass(?:word|wd|phrase)?|pwd|secret|token|api_?key)\s*=\s*)[^\s;&,'\"]+",
    re.IGNORECASE,
)


class Secrets:
    """What no message may show: of these URLs, and of what is added to them."""

    def __init__(self, *urls: URL) -> None:
        self._passwords = _Hiding()
        self._expanded = _Hiding()
        self._hides_host = False
        for url in urls:
            self.add(url)

    def add(self, url: URL) -> None:
        """Hide a URL's password, and what may be one among its options."""
        self._passwords.add(credentials(url))

    def add_expansions(self, address: Address) -> None:
        """Hide what environment variables have brought into a URL."""
        self._expanded.add(expansions(address))
        self._hides_host |= hides_host(address)

    def mask(self, text: str) -> str:
        """``text`` with ``***`` for every secret."""
        text = self.mask_names(self._passwords.mask(text))
        return _HOST_NUMBER.sub(HIDDEN, text) if self._hides_host else text

    def mask_names(self, text: str) -> str:
        """The same for what was expanded only, where a password can stand by chance alone."""
        return self._expanded.mask(text)


class _Hiding:
    """Some secrets, and what finds them."""

    def __init__(self) -> None:
        self._known: set[Secret] = set()
        self._patterns: tuple[tuple[re.Pattern[str], str], ...] = ()

    def add(self, secrets: Iterable[Secret]) -> None:
        known = {Secret(one.text.strip(), one.within) for one in secrets}
        self._known |= {one for one in known if one.text and one.text != HIDDEN}
        self._patterns = tuple(_patterns(self._known))

    def mask(self, text: str) -> str:
        for pattern, shown in self._patterns:
            text = pattern.sub(shown, text)
        return text


_KEPT: ContextVar[tuple[Secrets, ...]] = ContextVar("autosync_secrets", default=())


@contextmanager
def kept(secrets: Secrets) -> Iterator[None]:
    """A block in which no message shows these, nor those of the blocks around it."""
    before = _KEPT.set((*_KEPT.get(), secrets))
    try:
        yield
    finally:
        _KEPT.reset(before)


def keep(url: URL) -> None:
    """Let the secrets of one more URL be kept until the outermost block ends."""
    for secrets in _KEPT.get()[:1]:
        secrets.add(url)


def named(text: str) -> str:
    """A name that the database told, or a text with such names, without what was expanded."""
    for secrets in _KEPT.get():
        text = secrets.mask_names(text)
    return text


def masked(text: str) -> str:
    """What somebody else says without the secrets that are known here, and without whatever else
    looks like a password, whosesoever it is.
    """
    for secrets in _KEPT.get():
        text = secrets.mask(text)
    text = _IN_TEXT.sub(lambda match: without_secrets(match[0]), text)
    return _BARE.sub(rf"\1{HIDDEN}", _QUOTED.sub(rf"\1{HIDDEN}", text))


def said(error: BaseException) -> str:
    """What an error of somebody else says: of the driver's, if SQLAlchemy has wrapped it."""
    original: BaseException = getattr(error, "orig", None) or error
    return masked(unquoted(original))


def unquoted(error: BaseException) -> str:
    """The text of an error. That of a parser would repeat lines of a file with passwords in it."""
    from configparser import Error  # costs time, and most programs never come here

    if not isinstance(error, Error):
        return str(error)
    names = ("source", "section", "option", "lineno")
    known = ((name, getattr(error, name, None)) for name in names)
    place = ", ".join(f"{name} {value}" for name, value in known if value is not None)
    lines = ", ".join(str(line) for line, _ in getattr(error, "errors", ()))
    return f"{type(error).__name__}: {place}{f', lines {lines}' * bool(lines)}"


def shown(url: URL) -> str:
    """A URL to be shown: without the password, and without the query that may hold another."""
    dialect, mark, rest = plain(url).partition("://")
    return f"{dialect}{mark}{named(rest)}"


def _patterns(secrets: Iterable[Secret]) -> Iterator[tuple[re.Pattern[str], str]]:
    """What finds them, and what is put in their place: the longest first."""
    within, words, common = set[str](), set[str](), set[str]()
    for secret in secrets:
        kind = within if secret.within or _is_unmistakable(secret.text) else words
        (common if _is_common(secret.text) else kind).update(_forms(secret.text))
    if within:
        yield _any_of(within, "{}"), HIDDEN
    if words:
        yield _any_of(words, r"(?<!\w){}(?!\w)"), HIDDEN
    if common:
        yield _any_of(common, r"""(?P<quote>["'`]){}(?P=quote)"""), rf"\g<quote>{HIDDEN}\g<quote>"
        meant = rf"(?P<lead>\b(?:{_MEANT})\s+|(?<=[=@/:])){{}}(?=[@:/?&;,)\s]|\Z)"
        yield _any_of(common, rf"{meant}|\A{{}}(?=@|\Z)"), rf"\g<lead>{HIDDEN}"


def _is_common(text: str) -> bool:
    return len(text) < _SHORT or text.lower() in _COMMON


def _is_unmistakable(text: str) -> bool:
    return len(text) >= _LONG and not (text.isalpha() or text.isdecimal())


def _forms(text: str) -> set[str]:
    """A secret as it is, and as it is quoted, encoded or written on one line."""
    # a variable may hold bytes that are no text
    written = {quote(text, safe, errors="surrogatepass") for safe in ("", "/")}
    written.add(quote_plus(text, errors="surrogatepass"))
    literal = {repr(text)[1:-1], json.dumps(text)[1:-1], text.replace("'", "''")}
    return {text, one_line(text), text.replace("\\", "\\\\"), *written, *literal} - {""}


def _any_of(texts: Iterable[str], template: str) -> re.Pattern[str]:
    longest_first = sorted(texts, key=lambda text: (-len(text), text))
    choices = "|".join(map(re.escape, longest_first))
    return re.compile(template.replace("{}", f"(?:{choices})"), re.IGNORECASE)
