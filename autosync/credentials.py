"""What no message may show: the passwords in URLs, in connection strings and in statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

from sqlalchemy.engine import URL

from autosync.escape import one_line

_SECRET_OPTION = re.compile("pas|pw|secret|token|key|cred|odbc_connect", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"([\w.]+)\s*=\s*('[^']*'|[^\s;&,]+)")
_IN_URL = re.compile(r"(://[^\s:/@]*:)\S*@")
_USER = re.compile(r"^((?:[^:]*://)?[^:@]*:)(?!//).*@", re.DOTALL)
"""What stands before the host, in a text that is to be a URL."""
_QUOTED = re.compile(
    r"""(
        (?: password | passwd | pwd | identified \s+ (?: by | (?:via|with) \s+ \w+ \s+ \w+ ) )
        (?: \s | = | \( | password )+ (?: [enx] | u& )?
    )(?:
        '(?: [^'\\] | '' | \\. )* (?: ' | \\?\Z ) |
        "(?: [^"\\] | "" | \\. )* (?: " | \\?\Z ) |
        \$(\w*)\$ .*? (?: \$\2\$ | \Z )
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
"""A literal in a statement, or in a connection string; to the end of the text if it was cut off."""
_BARE = re.compile(r"((?:password|passwd|pwd)\s*=\s*)[^\s;&,]+", re.IGNORECASE)
_SHORT = 4


class Secrets:
    """The passwords of these URLs, which no message may show."""

    def __init__(self, *urls: URL) -> None:
        self._hidden: list[re.Pattern[str]] = []
        for url in urls:
            self.add(url)

    def add(self, url: URL) -> None:
        """Hide a URL's password, and those options of its query that look like one."""
        for secret in filter(None, _secrets(url)):
            written = quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]
            forms = {secret, one_line(secret), *written}
            self._hidden += [_pattern(form) for form in sorted(forms, key=len, reverse=True)]

    def mask(self, text: str) -> str:
        """``text`` with ``***`` for every secret, and for whatever else looks like one."""
        for hidden in self._hidden:
            text = hidden.sub("***", text)
        return masked(text)


def masked(text: str) -> str:
    """``text`` with ``***`` for whatever looks like a password, whosesoever it is."""
    text = _IN_URL.sub(r"\1***@", _QUOTED.sub(r"\1***", text))
    return _BARE.sub(r"\1***", text)


def without_secrets(url: str) -> str:
    """The text of a URL, be it right or wrong, to be shown: ``***`` for its password, and for each
    option that may have to do with one.
    """
    return _ASSIGNMENT.sub(
        lambda match: f"{match[1]}=***" if _SECRET_OPTION.search(unquote(match[0])) else match[0],
        _USER.sub(r"\1***@", url),
    )


def shown(url: URL) -> str:
    """A URL to be shown: without the password, and without the query that may hold another."""
    return url.set(query={}).render_as_string(hide_password=True)


def _secrets(url: URL) -> Iterator[str]:
    yield str(url.password or "")
    # the rest of a password with an @ that is not written %40
    yield (url.host or "").rpartition("@")[0]
    for name, values in url.normalized_query.items():
        for text in values:
            if _SECRET_OPTION.search(name):
                yield text
            # a whole connection string, or libpq's -c name=value
            for inner, value in _ASSIGNMENT.findall(text):
                if _SECRET_OPTION.search(inner):
                    yield value.strip("'")


def _pattern(secret: str) -> re.Pattern[str]:
    # replaced inside words, a password such as "a" would spell itself out by its absence
    bounded = r"(?<!\w){}(?!\w)" if len(secret) < _SHORT else "{}"
    return re.compile(bounded.format(re.escape(secret)))
