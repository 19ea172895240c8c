from lightning_module.report.limits import limits


def test_what_training_has_seen_is_told_of_the_usual_split_only() -> None:
    usual, official, held_out = (
        " ".join(limits(test_set, lesions))
        for test_set, lesions in (
            ("split", None),
            ("official", None),
            ("split", "dataset=rosendahl"),
        )
    )
    seen = "whose equipment training has seen"
    assert seen in usual
    assert seen not in official + held_out
    assert "`dataset=rosendahl`" in held_out
    for text in (usual, official, held_out):
        assert "Darker skin was not tested" in text
        assert "clinical study" in text
