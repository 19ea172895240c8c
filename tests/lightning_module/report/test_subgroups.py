import numpy as np
import pandas as pd

from lightning_module.report.subgroups import subgroups


def test_every_image_is_in_one_group_of_age_sex_and_site() -> None:
    count = 60
    rows = pd.DataFrame(
        {
            "lesion_id": [f"L{index}" for index in range(count)],
            "age": [0.0, 34.0, 35.0, 49.0, 50.0, 65.0, 85.0, np.nan] + [70.0] * (count - 8),
            "sex": ["male", "female", None, "unknown"] * (count // 4),
            "localization": ["back"] * 25 + ["scalp"] * 3 + [None, "unknown"] + ["face"] * 30,
            "dx_type": ["histo", "follow_up", "consensus"] * (count // 3),
            "dataset": ["rosendahl", "vidir_modern", None] * (count // 3),
        }
    )
    groups = {(family, name): chosen for family, name, chosen in subgroups(rows)}
    for family in ("Age", "Sex", "Body site", "Source"):
        parts = [chosen for (of, _), chosen in groups.items() if of == family]
        assert (np.sum(parts, axis=0) == 1).all()
    ages = [name for family, name in groups if family == "Age"]
    assert ages == [
        "0 to 34 years",
        "35 to 49 years",
        "50 to 64 years",
        "65 years or more",
        "not known",
    ]
    assert np.flatnonzero(groups["Age", "35 to 49 years"]).tolist() == [2, 3]
    assert groups["Sex", "not known"].sum() == count / 2
    assert groups["Body site", "other sites"].sum() == 3
    assert groups["Body site", "not known"].sum() == 2
    assert groups["Diagnosis confirmed by", "histology only"].sum() == count / 3
    assert groups["Source", "rosendahl"].sum() == count / 3
    assert groups["Diagnosis confirmed by", "follow-up only"].sum() == count / 3
    assert groups["Diagnosis confirmed by", "all but follow-up"].sum() == 2 * count / 3


def test_no_group_is_empty() -> None:
    rows = pd.DataFrame(
        {
            "lesion_id": ["L0", "L1"],
            "age": [np.nan, np.nan],
            "sex": [None, None],
            "localization": [None, None],
            "dx_type": [None, None],
            "dataset": [None, None],
        }
    )
    names = [name for _, name, chosen in subgroups(rows) if chosen.any()]
    assert names == ["not known", "not known", "not known"]
    assert len(names) == len(list(subgroups(rows)))
