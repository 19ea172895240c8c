from pathlib import Path

import pandas as pd
import pytest

from lightning_module.cli import main
from tests.conftest import quick_options


def test_fit_writes_its_split_and_test_repeats_it(
    run_folder: Path, checkpoint: Path, synthetic_root: Path, tmp_path: Path
) -> None:
    manifest = run_folder / "logs" / "version_0" / "splits.csv"
    written = pd.read_csv(manifest, comment="#")
    assert set(written["split"]) == {"train", "val", "test"}
    options = quick_options(synthetic_root, tmp_path)
    main(
        [
            "test",
            *options,
            f"--ckpt_path={checkpoint}",
            f"--data.manifest={manifest}",
            "--data.split_seed=9",
        ]
    )
    again = pd.read_csv(tmp_path / "logs" / "version_0" / "splits.csv", comment="#")
    pd.testing.assert_frame_equal(again, written)


def test_manifest_of_other_data_stops_the_run(synthetic_root: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "splits.csv"
    manifest.write_text("image_id,lesion_id,group,dx,split\na,b,b,nv,train\n")
    options = quick_options(synthetic_root, tmp_path)
    with pytest.raises(SystemExit, match=r"splits\.csv does not belong to this data set"):
        main(["fit", *options, f"--data.manifest={manifest}"])
