"""Flask-SQLAlchemy: one line in the application factory, in the place of db.create_all().

    pip install flask-sqlalchemy
    flask --app examples/flask_sqlalchemy/app.py run

It keeps its articles in instance/articles.db, or where DATABASE_URL says.
"""

import os

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import autosync


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Article(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    in_stock: Mapped[int] = mapped_column(default=0)

    def as_dict(self) -> dict[str, object]:
        return {"id": self.id, "name": self.name, "in_stock": self.in_stock}


def create_app() -> Flask:
    app = Flask(__name__)
    url = os.environ.get("DATABASE_URL", "sqlite:///articles.db")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        autosync.sync(db.engine, db)

    @app.get("/articles")
    def list_articles() -> list[dict[str, object]]:
        articles = db.session.scalars(db.select(Article).order_by(Article.id))
        return [article.as_dict() for article in articles]

    @app.post("/articles")
    def add_article() -> tuple[dict[str, object], int]:
        article = Article(**request.get_json())
        db.session.add(article)
        db.session.commit()
        return article.as_dict(), 201

    return app
