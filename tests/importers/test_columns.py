"""The first row of a table: when it names the columns, and when it only may."""

import pytest

from ankibuild.importers.columns import may_name_columns, roles_of


@pytest.mark.parametrize(
    ("row", "roles"),
    [
        ("Frage;Antwort", "question answer"),
        ("Questions;Answers", "question answer"),
        ("Definition;Term", "answer question"),
        ("Pregunta;Respuesta;Etiquetas", "question answer tags"),
        ("Column A;Column B", "question answer"),
        ("arabic;english", "question answer"),
        ("Deutsch;Englisch;Notes", "question answer extra"),
        ("German word;English", "question answer"),
        ("**Front**;Back:", "question answer"),
        ("#;Front;Back", "- question answer"),
        ("问题;答案", "question answer"),
        ("Вопрос;Ответ", "question answer"),
        ("hola;hello", ""),
        ("word;dog", ""),
        ("English is a language;German", ""),
        ("Front;Front", ""),
        ("Column A;Column B;Column C", ""),
    ],
)
def test_a_header_row_is_known_by_its_names(row: str, roles: str) -> None:
    assert roles_of(row.split(";")) == tuple(roles.split())


def test_a_first_row_that_differs_from_those_below_may_name_the_columns() -> None:
    rows = [("el pan", "bread"), ("la sal", "salt"), ("el agua", "water")]
    assert may_name_columns([("Castellano", "Inglese moderno"), *rows])
    assert may_name_columns([("word", "what it means"), *rows])
    assert not may_name_columns([("el vino", "wine"), *rows])
    assert not may_name_columns([("What is it?", "Bread"), *rows])
    assert not may_name_columns([("Castellano", "Inglese")])
