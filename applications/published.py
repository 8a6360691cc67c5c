"""The applications, as data: what is installed, how it is run, and what is expected of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

ALL = ("sqlite", "postgresql", "mariadb", "mysql")
UNIFORM = '{"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 9.0}}'


@dataclass(frozen=True)
class Difference:
    """A difference between an application's models and what its own migrations make."""

    entry: str
    """As autosync says it: the outcome, the object, and the code."""
    why: str
    databases: tuple[str, ...] = ALL


@dataclass(frozen=True)
class Ancestor:
    """An older release, whose `create_all()` made the databases that the migrations begin with."""

    requirements: tuple[str, ...]
    code: str
    """Makes the database of the environment variable DATABASE_URL."""


@dataclass(frozen=True)
class Application:
    """A published application with models and migrations."""

    requirements: tuple[str, ...]
    """The first one is the application."""
    target: str
    """Where autosync finds the models."""
    configuration: str
    """Its own configuration of Alembic, as a path within site-packages."""
    older: str
    """The revision at which autosync takes part."""
    prelude: str = ""
    """Code that its env.py needs to have been run."""
    ancestor: Ancestor | None = None
    databases: tuple[str, ...] = ALL
    expected: tuple[Difference, ...] = ()
    """All that is said at the latest revision."""
    values: Mapping[str, object] = field(default_factory=dict)
    """The value of a `table.column` in each row, for migrations that read it."""
    alone: bool = True
    """Whether env.py can be loaded without the prelude."""
    afterwards: Mapping[str, str] = field(default_factory=dict)
    """How the migrations fail, by database, on what autosync has added before them."""
    revisions: Mapping[str, str] = field(default_factory=dict)
    """How they fail where autosync runs them, before it adds anything."""

    @property
    def name(self) -> str:
        return self.requirements[0].partition("==")[0]

    def differences(self, database: str) -> list[str]:
        """Return the entries that are expected on a database."""
        return sorted(each.entry for each in self.expected if database in each.databases)


def missing(tables: str, why: str) -> Iterator[Difference]:
    """Return tables that are to be added."""
    return (Difference(f"pending table {name}: missing", why) for name in tables.split())


APPLICATIONS = (
    Application(
        requirements=("optuna==5.0.0", "SQLAlchemy==2.1.9", "alembic==1.20.1"),
        target="optuna.storages._rdb.models:BaseModel",
        configuration="optuna/storages/_rdb/alembic.ini",
        older="v2.6.0.a",
        values={
            "study_directions.direction": "MINIMIZE",
            "trials.state": "COMPLETE",
            "trial_values.value": 1.5,
            "trial_params.distribution_json": UNIFORM,
        },
        databases=("sqlite", "postgresql", "mysql"),  # v2.4.0.a itself fails on MariaDB
        expected=(
            Difference(
                "pending table trial_heartbeats: missing",
                "no revision makes it: RDBStorage calls create_all() when it starts",
            ),
            Difference(
                "refused column trial_values.trial_id(trial_id): column-nullable",
                "v0.9.0.a makes it nullable, and no revision changes it",
            ),
            Difference(
                "refused column trials.state(state): column-nullable",
                "v1.2.0.a alters its type without existing_nullable, and MySQL forgets NOT NULL",
                ("mysql",),
            ),
            Difference(
                "refused enum trialstate: enum-labels",
                "v1.2.0.a alters the type to one of the same name, which gets no 'WAITING'",
                ("postgresql",),
            ),
        ),
    ),
    Application(
        requirements=("jupyterhub==6.1.1", "SQLAlchemy==2.1.9", "alembic==1.20.1"),
        target="jupyterhub.orm:Base",
        configuration="jupyterhub/alembic.ini",
        older="4dc2d5a8c53c",
        afterwards={
            "sqlite": "duplicate column name: scopes",
            "postgresql": 'column "oauth_client_id" of relation "services" already exists',
            "mariadb": "Duplicate column name 'oauth_client_id'",
            "mysql": "Duplicate column name 'oauth_client_id'",
        },
        # 651f5419b74d asks another connection which tables there are; env.py wants each revision
        # to be a transaction of its own, and for autosync all of them are one
        revisions={
            "sqlite": "OperationalError: database is locked",
            "postgresql": 'relation "api_tokens" does not exist',
        },
        expected=(
            *missing(
                "api_tokens roles share_codes shares group_role_map service_role_map user_role_map",
                "revisions drop or never make it: JupyterHub calls create_all() when it starts",
            ),
            Difference(
                "refused column services.cwd(cwd): column-type",
                "3c2384c5aae1 makes Unicode(2047), the models have Unicode(4095)",
            ),
        ),
        ancestor=Ancestor(
            ("jupyterhub==1.5.1", "SQLAlchemy==1.4.54", "alembic==1.19.2"),
            "from os import environ; from jupyterhub.orm import new_session_factory\n"
            "new_session_factory(environ['DATABASE_URL'])",
        ),
    ),
    Application(
        requirements=("buildbot==4.3.0", "SQLAlchemy==2.1.9", "alembic==1.20.1"),
        target="buildbot.db.model:Model",
        configuration="buildbot/db/migrations/alembic.ini",
        older="059",
        afterwards={
            "sqlite": "table projects already exists",
            "postgresql": 'relation "projects" already exists',
            "mariadb": "Table 'projects' already exists",
            "mysql": "Table 'projects' already exists",
        },
        ancestor=Ancestor(
            ("buildbot==3.4.0", "SQLAlchemy==1.4.54", "alembic==1.19.2", "setuptools==79.0.1"),
            "from os import environ; from os.path import dirname; import sqlalchemy as sa\n"
            "from alembic.migration import MigrationContext\n"
            "from alembic.script import ScriptDirectory; from buildbot.db import model\n"
            "engine = sa.create_engine(environ['DATABASE_URL'])\n"
            "model.Model.metadata.create_all(engine)\n"
            "with engine.begin() as connection:\n"
            "    MigrationContext.configure(connection).stamp(\n"
            "        ScriptDirectory(dirname(model.__file__) + '/migrations'), '059')\n",
        ),
    ),
    Application(
        requirements=("ihatemoney==7.2.1", "SQLAlchemy==2.0.58", "alembic==1.20.1"),
        target="ihatemoney.models:db",
        configuration="ihatemoney/migrations/alembic.ini",
        older="6c6fb2b7f229",
        afterwards={
            "sqlite": "table bill_version already exists",
            "postgresql": 'relation "bill_version" already exists',
            "mariadb": "Table 'bill_version' already exists",
            "mysql": "Table 'bill_version' already exists",
        },
        alone=False,  # env.py asks Flask's current_app
        expected=(
            *(
                Difference(
                    f"refused column billowers.{name}({name}): column-nullable",
                    "b9a10d5d63ce makes it nullable, the models have it in the primary key",
                )
                for name in ("bill_id", "person_id")
            ),
            Difference(
                "refused primary_key billowers(bill_id, person_id): primary-key",
                "b9a10d5d63ce makes the table without one",
            ),
            Difference(
                "refused column bill_version.bill_type(bill_type): column-type",
                "7a9b38559992 makes UnicodeText, the models have an Enum",
            ),
            Difference(
                "refused column project.logging_preference(logging_preference): column-type",
                "c941aaca38c2 takes RECORD_IP away, LoggingMode still has it",
                ("sqlite", "mariadb", "mysql"),
            ),
            Difference(
                "refused column project_version.logging_preference(logging_preference): "
                "column-type",
                "c941aaca38c2 alters it as a VARCHAR(9), and so it becomes one",
                ("mariadb", "mysql"),
            ),
            Difference(
                "refused column project_version.password(password): column-type",
                "06884b17c50f makes it longer, but not on SQLite",
                ("sqlite",),
            ),
            *(
                Difference(
                    f"notes column {table}.{name}({name}): default-extra",
                    "a server default of the revisions that the models do not have",
                )
                for table, name in (
                    ("bill", "bill_type"),
                    ("bill", "original_currency"),
                    ("project", "default_currency"),
                )
            ),
        ),
        prelude=(
            "from os import environ; from flask import Flask; from flask_migrate import Migrate\n"
            "from ihatemoney.models import db\n"
            "app = Flask('ihatemoney')\n"
            "app.config['SQLALCHEMY_DATABASE_URI'] = environ['DATABASE_URL']\n"
            "db.init_app(app); Migrate(app, db); app.app_context().push()\n"
        ),
    ),
)
