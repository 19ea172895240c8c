from pathlib import Path

import pandas as pd
import pytest
import torch

from lightning_module.cli import main
from lightning_module.distillation import Teacher, Teachers, divergence, load_teachers
from lightning_module.network import LesionNetwork, WeightsError
from tests.conftest import quick_options


def test_divergence_is_zero_only_for_equal_answers() -> None:
    logits = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    answers = logits.log_softmax(dim=1)
    assert divergence(logits + 3, answers).abs() < 1e-6
    expected = torch.distributions.kl_divergence(
        torch.distributions.Categorical(logits=logits.flip(0)),
        torch.distributions.Categorical(logits=logits),
    ).mean()
    assert torch.isclose(divergence(logits, logits.flip(0).log_softmax(dim=1)), expected, atol=1e-5)


def test_teachers_answer_with_the_mean_probability() -> None:
    networks = [LesionNetwork().eval() for _ in range(2)]
    images = torch.rand(3, 3, 96, 96)
    with torch.no_grad():
        expected = sum(network(images).softmax(dim=1) for network in networks) / 2
    weights = torch.rand(7) + 0.5
    teachers = [Teacher(network, weights, {}) for network in networks]
    answers = Teachers(teachers, weights).log_probabilities(images).exp()
    assert torch.allclose(answers, expected, atol=1e-5)


def test_teachers_answer_as_if_they_had_learned_from_the_students_loss() -> None:
    network = LesionNetwork().eval()
    images = torch.rand(3, 3, 96, 96)
    theirs, ours = torch.rand(7) + 0.5, torch.rand(7) + 0.5
    answers = Teachers([Teacher(network, theirs, {})], ours).log_probabilities(images).exp()
    with torch.no_grad():
        odds = network(images).softmax(dim=1) / theirs * ours
    assert torch.allclose(answers, odds / odds.sum(dim=1, keepdim=True), atol=1e-5)


def test_missing_and_damaged_teachers_are_refused(tmp_path: Path) -> None:
    data, weights = pd.DataFrame(), torch.ones(7)
    with pytest.raises(WeightsError, match=r"absent\.ckpt.*--model\.teachers"):
        load_teachers([str(tmp_path / "absent.ckpt")], data, weights)
    (tmp_path / "damaged.ckpt").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"damaged\.ckpt"):
        load_teachers([str(tmp_path / "damaged.ckpt")], data, weights)


def test_a_student_learns_from_a_checkpoint(
    synthetic_root: Path, checkpoint: Path, tmp_path: Path
) -> None:
    options = quick_options(synthetic_root, tmp_path / "student")
    main(["fit", *options, f"--model.teachers=[{checkpoint}]", "--trainer.max_epochs=1"])
    student = torch.load(tmp_path / "student/checkpoints/last.ckpt", weights_only=True)
    assert student["hyper_parameters"]["teachers"] == [str(checkpoint)]
    assert not any("teacher" in name for name in student["state_dict"])


def test_a_teacher_that_has_seen_the_students_validation_is_refused(
    synthetic_root: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = quick_options(synthetic_root, tmp_path / "student")
    with pytest.raises(SystemExit, match=r"last\.ckpt can not teach here.*validation or test"):
        main(["fit", *options, f"--model.teachers=[{checkpoint}]", "--data.split_seed=3"])
