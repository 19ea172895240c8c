"""Bulk prediction: complete, in order, resumable, equal for any number of processes."""

import gc
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import pytorch_lightning as pl
import torch
from PIL import Image

from datamodules.ham10000 import HAM10000DataModule
from datamodules.labels import CODES
from datamodules.preprocess import network_input
from lightning_module.cli import main
from lightning_module.export import load_checkpoint
from lightning_module.prediction_job import PART_BATCHES
from lightning_module.predictions import PredictionWriter
from tests.conftest import REPOSITORY, quick_options
from tests.lightning_module.conftest import TWO_PROCESSES, run_alone

COLUMNS = [
    *("path", "width", "height", "format"),
    *CODES,
    *("malignancy", "error_code", "error_message"),
]
OUTPUTS = ("predictions.csv", "predictions.parquet")
#: Three full parts of one-image batches and a short one.
FILES = 3 * PART_BATCHES + 10


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder tree of small images, some of them broken."""
    root = tmp_path_factory.mktemp("tree")
    generator = np.random.default_rng(0)
    for index in range(FILES):
        path = root / f"visit {index % 3}" / f"lesion_{index:03d}.png"
        path.parent.mkdir(exist_ok=True)
        if index % 20 == 7:
            path.write_bytes(b"no image")
            continue
        coarse = generator.integers(0, 256, (3, 4, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((40, 30)).save(path)
    (root / "visit 0" / "gone.jpg").symlink_to(root / "nowhere")
    return root


def predict_options(tree: Path, checkpoint: Path, folder: Path) -> list[str]:
    return [
        "predict",
        *quick_options(Path("/nowhere"), folder),
        f"--data.predict_dir={tree}",
        "--data.batch_size=1",
        f"--ckpt_path={checkpoint}",
    ]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, tree: Path, lively_checkpoint: Path) -> Path:
    """The folder of a prediction by one process that nothing interrupted."""
    folder = tmp_path_factory.mktemp("unbroken")
    main(predict_options(tree, lively_checkpoint, folder))
    return folder


def assert_same_outputs(folder: Path, expected: Path) -> None:
    for name in OUTPUTS:
        assert (folder / name).read_bytes() == (expected / name).read_bytes()
    assert not (folder / "predictions.partial").exists()


def test_every_file_has_its_row(unbroken: Path, tree: Path, lively_checkpoint: Path) -> None:
    table = pd.read_csv(unbroken / "predictions.csv")
    assert list(table.columns) == COLUMNS
    files = [path for path in tree.rglob("*") if not path.is_dir()]
    assert table["path"].tolist() == sorted(path.relative_to(tree).as_posix() for path in files)
    bad = table[table["error_code"].notna()].set_index("path")
    assert (bad["error_code"] == "not_an_image").sum() == len(range(7, FILES, 20))
    assert bad.loc["visit 0/gone.jpg", "error_code"] == "unreadable_file"
    assert bad["error_message"].str.len().min() > 10
    assert bad[[*CODES, "malignancy", "width", "height", "format"]].isna().all(axis=None)
    good = table[table["error_code"].isna()]
    assert (good[["width", "height"]] == [40, 30]).all(axis=None)
    model, _ = load_checkpoint(lively_checkpoint)
    pixels = torch.stack(
        [
            torch.from_numpy(network_input((tree / path).read_bytes()).pixels)
            for path in good["path"][:8]
        ]
    )
    with torch.no_grad():
        expected = model(pixels.permute(0, 3, 1, 2) / 255).softmax(1).numpy()
    assert good[list(CODES)][:8].to_numpy() == pytest.approx(expected, abs=1e-5)
    assert expected.std(axis=0).max() > 0.01
    assert good["malignancy"].to_numpy() == pytest.approx(
        good[["akiec", "bcc", "mel"]].sum(axis=1).to_numpy(), abs=1e-5
    )


def test_parquet_says_the_same_and_what_it_is(unbroken: Path) -> None:
    table = pyarrow.parquet.read_table(unbroken / "predictions.parquet")
    csv = pd.read_csv(unbroken / "predictions.csv")
    pd.testing.assert_frame_equal(table.to_pandas(), csv, check_dtype=False, check_exact=False)
    note = table.schema.metadata[b"note"].decode()
    assert "uncalibrated" in note
    assert "research" in note


def test_two_processes_write_what_one_does(
    unbroken: Path, tree: Path, lively_checkpoint: Path, tmp_path: Path
) -> None:
    options = predict_options(tree, lively_checkpoint, tmp_path)
    finished = run_alone([*options, *TWO_PROCESSES])
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("Uncalibrated probabilities of") == 1
    assert_same_outputs(tmp_path, unbroken)


def test_killed_prediction_goes_on_where_it_was(
    unbroken: Path,
    tree: Path,
    lively_checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = predict_options(tree, lively_checkpoint, tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "lightning_module", *options],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    first = tmp_path / "predictions.partial" / "part-000000.parquet"
    while not first.is_file():
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not any((tmp_path / name).exists() for name in OUTPUTS)
    written = first.stat().st_mtime_ns, first.stat().st_ino
    os.link(first, tmp_path / "kept")
    main(options)
    assert "of 4 parts are done" in capsys.readouterr().out
    kept = tmp_path / "kept"
    assert (kept.stat().st_mtime_ns, kept.stat().st_ino) == written
    assert_same_outputs(tmp_path, unbroken)


def test_stopped_prediction_says_that_it_is_incomplete(
    tree: Path, lively_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = predict_options(tree, lively_checkpoint, tmp_path)
    main([*options, "--trainer.limit_predict_batches=1"])
    assert "4 of 4 parts are still missing" in capsys.readouterr().out
    assert not any((tmp_path / name).exists() for name in OUTPUTS)


@pytest.mark.parametrize("change", ["data", "batch size", "checkpoint"])
def test_unfinished_prediction_is_not_mixed_with_another(
    change: str, tree: Path, lively_checkpoint: Path, checkpoint: Path, tmp_path: Path
) -> None:
    options = predict_options(tree, lively_checkpoint, tmp_path)
    main([*options, "--trainer.limit_predict_batches=1"])
    description = tmp_path / "predictions.partial" / "job.json"
    before = description.read_bytes()
    other = {
        "data": f"--data.predict_dir={tree / 'visit 1'}",
        "batch size": "--data.batch_size=2",
        "checkpoint": f"--ckpt_path={checkpoint}",
    }
    with pytest.raises(SystemExit, match=f"unfinished prediction with another {change}") as caught:
        main([*options, other[change]])
    assert "\n" not in str(caught.value)
    assert description.read_bytes() == before


def test_prediction_refused_as_soon_as_begun_is_in_nobodys_way(
    synthetic_root: Path, lively_checkpoint: Path, tmp_path: Path
) -> None:
    options = [*quick_options(synthetic_root, tmp_path), f"--ckpt_path={lively_checkpoint}"]
    with pytest.raises(SystemExit, match="was trained on lesions of"):
        main(["predict", *options, "--data.split_seed=1"])
    main(["predict", *options])
    assert (tmp_path / "predictions.csv").is_file()


def test_job_without_description_is_begun_anew(
    unbroken: Path, tree: Path, lively_checkpoint: Path, tmp_path: Path
) -> None:
    """Killed while it was being set up or tidied away, a job leaves nothing to go on with."""
    leftover = tmp_path / "predictions.partial" / "part-000000.parquet"
    leftover.parent.mkdir()
    leftover.write_bytes(b"of another job")
    main(predict_options(tree, lively_checkpoint, tmp_path))
    assert_same_outputs(tmp_path, unbroken)


def test_test_split_is_scored_with_its_labels(
    synthetic_root: Path, lively_checkpoint: Path, tmp_path: Path
) -> None:
    main(["predict", *quick_options(synthetic_root, tmp_path), f"--ckpt_path={lively_checkpoint}"])
    table = pd.read_csv(tmp_path / "predictions.csv")
    assert list(table.columns) == [*COLUMNS, "image_id", "lesion_id", "group", "dx"]
    assert len(table) == 16
    assert [Path(path).stem for path in table["path"]] == table["image_id"].tolist()
    assert all((synthetic_root / path).is_file() for path in table["path"])
    assert set(table["dx"]) == set(CODES)


@pytest.mark.parametrize(
    ("command", "option", "message"),
    [
        ("validate", [], "No checkpoint is named"),
        ("test", [], "No checkpoint is named"),
        ("predict", [], "No checkpoint is named"),
        ("predict", ["--ckpt_path=last"], r"There is no checkpoint .*last\.ckpt"),
        ("fit", ["--ckpt_path=/nowhere.ckpt"], r"There is no checkpoint /nowhere\.ckpt"),
    ],
)
def test_absent_checkpoint_is_told(
    command: str, option: list[str], message: str, synthetic_root: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match=message) as caught:
        main([command, *quick_options(synthetic_root, tmp_path), *option])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("folder", ["absent", "empty"])
def test_nothing_to_score_is_told(folder: str, lively_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match=folder):
        main(predict_options(tmp_path / folder, lively_checkpoint, tmp_path / "run"))


class Uniform(pl.LightningModule):
    """Finds all diagnoses equally probable, in no time."""

    def predict_step(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.full((len(batch["image"]), 7), 1 / 7)


class Growth(pl.Callback):
    """Measures what is alive each time a number of parts is done."""

    def __init__(self) -> None:
        self.bytes: list[int] = []
        self.tensors: list[int] = []

    def on_predict_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: object,
        batch: object,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if batch_idx % (2 * PART_BATCHES) == 0:
            gc.collect()
            self.bytes.append(tracemalloc.get_traced_memory()[0])
            self.tensors.append(sum(torch.is_tensor(thing) for thing in gc.get_objects()))


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    """Held images would add 150,000 bytes per file, held paths or sampler indices some 30."""
    from lightning_module.trainer import Trainer

    original = tmp_path / "image.png"
    Image.new("RGB", (8, 8)).save(original)
    folder = tmp_path / "many"
    folder.mkdir()
    batch_size, parts = 8, 9
    count = parts * PART_BATCHES * batch_size
    for index in range(count):
        os.link(original, folder / f"a_rather_long_name_of_a_file_{index:05d}.png")
    data = HAM10000DataModule(predict_dir=folder, batch_size=batch_size, num_workers=0)
    growth = Growth()
    trainer = Trainer(
        accelerator="cpu",
        callbacks=[PredictionWriter(tmp_path, original), growth],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
    )
    tracemalloc.start()
    try:
        trainer.predict(Uniform(), datamodule=data)
    finally:
        tracemalloc.stop()
    assert len(pyarrow.parquet.read_table(tmp_path / "predictions.parquet")) == count
    # The first measurement comes before everything is imported and cached.
    assert len(set(growth.tensors[1:])) == 1
    files_between = 6 * PART_BATCHES * batch_size
    assert growth.bytes[-1] - growth.bytes[1] < 10 * files_between
