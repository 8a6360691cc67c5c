"""TARGET: what it may be, and what is said when it is something else."""

import pytest

from tests.cli.conftest import assert_failed

URL = "sqlite:///shop.db"


@pytest.fixture(autouse=True)
def _existing_file(app):
    (app.folder / "shop.db").touch()


def plan(app, target, *options):
    return app.run("plan", target, "--db", URL, *options)


@pytest.mark.parametrize(
    ("source", "attribute"),
    [
        ("from shop import Base", ":Base"),
        ("from shop import Base", ":Base.metadata"),
        ("from shop import Customer", ":Customer"),
        ("from shop import Base\nmetadata = Base.metadata", ""),
        ("from shop import Base\nmetadata = Base.metadata", ":"),
        ("from shop import Base\nall_of_them = [Base, Base.metadata]", ":all_of_them"),
        ("import shop", ":shop.Base"),
        ("from shop import Base\nclass größe: models = Base", ":größe.models"),
    ],
)
def test_what_it_may_be(app, source, attribute):
    app.write("package/__init__.py", "")
    app.write("package/models.py", source)
    result = plan(app, f"package.models{attribute}")
    assert result.exit_code == 3, result.output
    assert "table customer" in result.stdout


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("shop:Bsae", "shop has no attribute Bsae; did you mean Base?"),
        ("shop:nothing", "shop has no attribute nothing; did you mean shop:Base?"),
        ("shop:Base.metdata", "shop:Base has no attribute metdata; did you mean metadata?"),
        ("shop", "shop is a module without a MetaData in .metadata; did you mean shop:Base?"),
        ("shop:sa", "is a module, without a MetaData in .metadata; did you mean shop:Base?"),
        ("shop:Customer.__tablename__", "is a str, without a MetaData in .metadata"),
        (
            "shpo:Base",
            "there is no module shpo in {folder}, nor is it installed; did you mean shop",
        ),
        ("shop.models:Base", "shop is a module and no package, so there is no shop.models"),
        ("pack.modles:Base", "the package pack has no module modles; did you mean models?"),
        ("nopackage.models:Base", "there is no module nopackage in {folder}"),
        ("shop.py:Base", "but not 'shop.py:Base'; did you mean shop:Base?"),
        ("pack/models.py", "did you mean pack.models:Base?"),
        ("shop:Base()", "TARGET is package.module:attribute"),
        (":Base", "TARGET is package.module:attribute"),
        ("shop:Base:x", "TARGET is package.module:attribute"),
        (".shop:Base", "TARGET is package.module:attribute"),
    ],
)
def test_what_it_is_not(app, target, words):
    app.write("pack/__init__.py", "")
    app.write("pack/models.py", "from shop import Base")
    assert_failed(plan(app, target), 2, words.format(folder=app.folder))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "x = 1\n1 / 0",
            "app failed: ZeroDivisionError: division by zero (app.py, line 2)",
        ),
        ("x = (", "SyntaxError: '(' was never closed (app.py, line 1)"),
        (
            "import no_such_thing",
            "No module named 'no_such_thing' (app.py, line 1); run autos",
        ),
        ("from shop import Nothing", "cannot import name 'Nothing'"),
        (
            "import json\njson.loads('')",
            "line 1 column 1 (char 0) (app.py, line 2)",
        ),
        ("import sys\nsys.exit(0)", "SystemExit: 0 (app.py, line 2); a script needs its if"),
        ("raise ValueError('a\\nb')", "(app.py, line 1)"),
        ("raise ValueError('postgresql://me:open-sesame@h/d')", "postgresql://me:***@h/d"),
    ],
)
def test_a_module_that_cannot_be_imported(app, source, words):
    app.write("app.py", source)
    assert_failed(plan(app, "app:Base"), 1, words)


def test_an_empty_metadata(app):
    app.write("empty.py", "import sqlalchemy as sa\nmetadata = sa.MetaData()\n")
    result = plan(app, "empty:metadata")
    assert_failed(result, 1, "empty:metadata holds no table", "--allow empty-metadata")
    assert plan(app, "empty:metadata", "--allow", "empty-metadata").exit_code == 0


def test_an_empty_metadata_creates_no_database(app):
    app.write("empty.py", "import sqlalchemy as sa\nmetadata = sa.MetaData()\n")
    result = app.run("sync", "--yes", "empty:metadata", "--db", "sqlite:///new.db")
    assert_failed(result, 1, "holds no table")
    assert not (app.folder / "new.db").exists()


def test_proxies_are_not_disturbed(app):
    app.write(
        "proxies.py",
        """
        from shop import Base as Models
        class Proxy:
            @property
            def metadata(self): raise RuntimeError("working outside of application context")
        proxy = Proxy()
        """,
    )
    assert_failed(plan(app, "proxies:db"), 2, "did you mean proxies:Models?")
