from pathlib import Path

import pytest
import torch

from lightning_module.cli import main
from lightning_module.distillation import Teachers, divergence, load_teachers
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
    answers = Teachers(networks).log_probabilities(images).exp()
    assert torch.allclose(answers, expected, atol=1e-5)


def test_missing_and_damaged_teachers_are_refused(tmp_path: Path) -> None:
    cpu = torch.device("cpu")
    with pytest.raises(WeightsError, match=r"absent\.ckpt.*--model\.teachers"):
        load_teachers([str(tmp_path / "absent.ckpt")], cpu)
    (tmp_path / "damaged.ckpt").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"damaged\.ckpt"):
        load_teachers([str(tmp_path / "damaged.ckpt")], cpu)


def test_a_student_learns_from_a_checkpoint(
    synthetic_root: Path, checkpoint: Path, tmp_path: Path
) -> None:
    options = quick_options(synthetic_root, tmp_path / "student")
    main(["fit", *options, f"--model.teachers=[{checkpoint}]", "--trainer.max_epochs=1"])
    student = torch.load(tmp_path / "student/checkpoints/last.ckpt", weights_only=True)
    assert student["hyper_parameters"]["teachers"] == [str(checkpoint)]
    assert not any("teacher" in name for name in student["state_dict"])
