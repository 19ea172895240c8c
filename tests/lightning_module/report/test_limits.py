from lightning_module.report.limits import limits


def test_what_training_has_seen_is_told_of_the_usual_split_only() -> None:
    usual, official, held_out, others = (
        " ".join(limits(test_set, lesions, is_ham10000=is_ham10000))
        for test_set, lesions, is_ham10000 in (
            ("split", None, True),
            ("official", None, True),
            ("split", "dataset=rosendahl", True),
            ("split", None, False),
        )
    )
    seen = "whose equipment training has seen"
    assert seen in usual
    assert seen not in official + held_out + others
    assert "`dataset=rosendahl`" in held_out
    assert "HAM10000" not in others
    for text in (usual, official, held_out, others):
        assert "arker skin" in text
        assert "lose on dermoscopy from elsewhere" in text
        assert "clinical study" in text
