"""docs/examples/german.py: it has a text for every code, and for every type of a wrong value."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from pydantic import ValidationError

import german
from tests.schemas.test_error_types import types_of_ours, types_of_pydantic
from tests.test_errors import CONCRETE, samples
from trackercore import (
    Base,
    CannotAdopt,
    HabitCreate,
    InvalidExtra,
    NameTaken,
    RefusalReason,
    TrackerError,
)
from trackercore.adoption.reasons import RefusalCode
from trackercore.services._shared.owned_rows import entity


def test_every_code_is_translated_and_no_other() -> None:
    assert german.ERRORS.keys() == {kind.code for kind in CONCRETE}
    assert types_of_ours().keys() | types_of_pydantic().keys() == german.VALUES.keys()


@pytest.mark.parametrize("kind", CONCRETE, ids=lambda kind: kind.code)
def test_every_text_is_filled_from_the_facts(kind: type[TrackerError]) -> None:
    for error in samples(kind):
        if hasattr(error, "entity"):
            vars(error)["entity"] = "study session"
        assert not re.search(r"[{}]|None|study", german.translate(error))


def test_every_text_of_a_value_is_filled_from_its_ctx() -> None:
    for kind, names in (types_of_ours() | types_of_pydantic()).items():
        assert set(re.findall(r"{(\w+)", german.VALUES[kind])) <= names


def test_every_reason_not_to_adopt_is_translated_by_its_code() -> None:
    assert german.REASONS.keys() == {*get_args(RefusalCode)}
    reasons = [
        RefusalReason(code="column_needed", table="tasks", column="title"),
        RefusalReason(code="owner_needed"),
    ]
    assert german.translate(CannotAdopt(tuple(reasons))).splitlines() == [
        "Die Tabellen lassen sich nicht übernehmen.",
        "In tasks fehlt die Spalte title.",
        "Wem gehören die Lernzeiten? Bitte die E-Mail-Adresse angeben.",
    ]


def test_no_text_needs_the_english_one() -> None:
    for texts in (german.ERRORS, german.VALUES, german.REASONS):
        used = set(re.findall(r"{(\w+)", " ".join(texts.values())))
        assert not {"reason", "condition", "takes"} & used
    error = InvalidExtra("extra_size", "must not take more than 16384 bytes as JSON")
    assert german.translate(error).endswith("Die eigenen Angaben sind zu groß.")


def test_the_kinds_of_rows_have_words() -> None:
    models = {entity(mapper.class_) for mapper in Base.registry.mappers}
    assert german.ENTITIES.keys() <= models
    assert german.translate(NameTaken("topic", "Go")) == "Thema 'Go' gibt es schon."


def test_wrong_values_are_translated_by_their_places() -> None:
    with pytest.raises(ValidationError) as caught:
        HabitCreate.model_validate({"name": " ", "frequency": "daily", "every": 0, "colour": "red"})
    assert german.translate_values(caught.value) == {
        "name": "Bitte ausfüllen.",
        "every": "Mindestens 1.",
        "colour": "Dieses Feld gibt es nicht.",
    }
