from datamodules.labels import CODES, DIAGNOSES, MALIGNANT_INDICES


def test_malignant_set_is_the_data_set_authors_grouping() -> None:
    assert {CODES[index] for index in MALIGNANT_INDICES} == {"akiec", "bcc", "mel"}


def test_order_is_fixed() -> None:
    # Checkpoints and exported networks depend on it.
    assert CODES == ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


def test_every_diagnosis_can_be_shown_to_a_person() -> None:
    assert all(diagnosis.name and diagnosis.description for diagnosis in DIAGNOSES)
    assert len({diagnosis.name for diagnosis in DIAGNOSES}) == len(DIAGNOSES)
