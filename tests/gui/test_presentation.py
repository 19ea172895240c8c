"""Texts and grades."""

import pytest
from answers import make_answer

from gui.presentation import (
    ConfidenceGrade,
    class_probabilities,
    confidence_grade,
    group_of,
    model_line,
    percent,
    reservations,
    shown_grade,
)
from handlers.schema import RiskLevel


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "0.0%"),
        (0.0004, "<0.1%"),
        (0.001, "0.1%"),
        (0.5, "50.0%"),
        (0.8549, "85.5%"),
        (0.999, "99.9%"),
        (0.9996, ">99.9%"),
        (1.0, "100.0%"),
    ],
)
def test_percent_never_rounds_to_certainty(probability: float, text: str) -> None:
    assert percent(probability) == text


@pytest.mark.parametrize(
    ("confidence", "grade"),
    [
        (0.5, ConfidenceGrade.LOW),
        (0.6499, ConfidenceGrade.LOW),
        (0.65, ConfidenceGrade.MODERATE),
        (0.85, ConfidenceGrade.HIGH),
        (1.0, ConfidenceGrade.HIGH),
    ],
)
def test_grades(confidence: float, grade: ConfidenceGrade) -> None:
    assert confidence_grade(confidence) is grade


@pytest.mark.parametrize("level", ["Moderate", "High"])
def test_benign_is_never_graded_where_the_lesion_should_be_seen(level: RiskLevel) -> None:
    assert shown_grade(make_answer(0.05, level)) is None


def test_other_answers_are_graded() -> None:
    assert shown_grade(make_answer(0.01, "Low")) is ConfidenceGrade.HIGH
    assert shown_grade(make_answer(0.91, "High")) is ConfidenceGrade.HIGH
    assert shown_grade(make_answer(0.6, "Moderate")) is ConfidenceGrade.LOW


def test_a_doubtful_image_has_no_graded_confidence() -> None:
    assert shown_grade(make_answer(0.01, "Low", in_distribution=False)) is None


def test_both_classes_in_the_servers_order() -> None:
    assert class_probabilities(make_answer(0.25)) == [("Benign", 0.75), ("Malignant", 0.25)]


def test_groups_follow_the_server() -> None:
    groups = {one.code: group_of(one) for one in make_answer().prediction.diagnoses}

    assert [code for code, group in groups.items() if group == "Malignant"] == [
        "mel",
        "bcc",
        "akiec",
    ]


def test_the_model_is_named() -> None:
    line = model_line(make_answer())

    assert all(part in line for part in ("skin_lesion", "1.2", "2026-11-24", "ab12cd34ab12"))


def test_reservations_of_the_server_are_passed_on() -> None:
    assert reservations(make_answer()) == []
    assert reservations(make_answer(warnings=["Blurred."])) == ["Blurred."]
    assert reservations(make_answer(in_distribution=False, warnings=["A cat."])) == ["A cat."]


def test_an_unfamiliar_image_is_never_without_a_reservation() -> None:
    assert reservations(make_answer(in_distribution=False)) != []
