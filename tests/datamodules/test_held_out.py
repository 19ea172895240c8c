import pandas as pd

from datamodules.held_out import hold_out


def test_whole_groups_move_and_what_is_excluded_stays_so() -> None:
    table = pd.DataFrame(
        {
            "group": ["A", "A", "B", "C", "D", "E"],
            "dx": "nv",
            "dataset": ["there", None, "there", "there", "here", "here"],
        }
    )
    split = pd.Series(["train", "train", "val", "excluded", "train", "val"], name="split")
    moved = hold_out(table, split, "dataset=there")
    assert moved.tolist() == ["test", "test", "test", "excluded", "train", "val"]
