from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy

from datamodules.labels import DIAGNOSES
from lightning_module.class_weighting import ClassWeighting, class_weights
from lightning_module.classifier import LesionClassifier, one_cycle
from lightning_module.distillation import Teacher, Teachers
from lightning_module.gradients import allocate_gradients
from lightning_module.network import LesionNetwork

COUNTS = torch.tensor([230, 359, 773, 76, 797, 4698, 99])


@pytest.mark.parametrize(("weighting", "exponent"), [("none", 0), ("sqrt", 0.5), ("inverse", 1)])
def test_class_weights(weighting: ClassWeighting, exponent: float) -> None:
    weights = class_weights(COUNTS, weighting)
    assert (weights * COUNTS).sum() / COUNTS.sum() == pytest.approx(1, abs=1e-5)
    ratio = (4698 / 76) ** exponent
    assert weights[3] / weights[5] == pytest.approx(ratio, rel=1e-5)


def test_absent_diagnosis_weighs_nothing() -> None:
    weights = class_weights(torch.tensor([10, 0, 30, 5, 5, 40, 10]), "sqrt")
    assert weights[1] == 0
    assert weights.isfinite().all()


def test_only_the_head_learns_at_first() -> None:
    model = LesionClassifier(weights="none", head_epochs=1)
    model.log = lambda *args, **options: None  # no trainer here to log to
    assert model.current_epoch == 0
    model.train()
    model.on_train_epoch_start()
    statistics = {name: value.clone() for name, value in model.network.backbone.named_buffers()}
    batch = {
        "image": torch.rand(4, 3, 224, 224),
        "label": torch.tensor([0, 1, 4, 5]),
        "image_id": [],
    }
    model.training_step(batch).backward()
    assert model.network.head.weight.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in model.network.backbone.parameters())
    for name, value in model.network.backbone.named_buffers():
        assert torch.equal(value, statistics[name])


@pytest.mark.parametrize(("weights", "frozen"), [("DEFAULT", 3), ("none", 0)])
def test_only_pretrained_blocks_are_frozen(weights: str, frozen: int) -> None:
    model = LesionClassifier(weights=weights, head_epochs=0, frozen_blocks=3)
    model.log = lambda *args, **options: None  # no trainer here to log to
    model.train()
    model.on_train_epoch_start()
    before = {name: value.clone() for name, value in model.network.backbone.state_dict().items()}
    batch = {"image": torch.rand(4, 3, 96, 96), "label": torch.tensor([0, 1, 4, 5]), "image_id": []}
    model.training_step(batch).backward()
    torch.optim.AdamW(model.network.parameters(), lr=0.1).step()
    after = model.network.backbone.state_dict()
    for name, value in before.items():
        assert torch.equal(value, after[name]) == (int(name.partition(".")[0]) < frozen), name


def test_gradients_stay_where_they_are() -> None:
    model = LesionClassifier(weights="none")
    allocate_gradients(model.network)
    places = [parameter.grad.data_ptr() for parameter in model.network.parameters()]
    model(torch.rand(2, 3, 64, 64)).square().sum().backward()
    assert all(parameter.grad.any() for parameter in model.network.parameters())
    model.optimizer_zero_grad(1, 0, torch.optim.AdamW(model.network.parameters()))
    assert not any(parameter.grad.any() for parameter in model.network.parameters())
    assert [parameter.grad.data_ptr() for parameter in model.network.parameters()] == places


def test_outputs_follow_the_diagnoses() -> None:
    model = LesionClassifier(weights="none").eval()
    with torch.no_grad():
        probabilities = model.predict_step({"image": torch.rand(2, 3, 224, 224)})
    assert probabilities.shape == (2, len(DIAGNOSES))
    assert torch.allclose(probabilities.sum(1), torch.ones(2))


def test_schedule_equals_torchs_one_cycle() -> None:
    steps, warmup = 200, 0.2
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.OneCycleLR(
        # torch ends its warm-up one step earlier.
        optimizer,
        1.0,
        total_steps=steps,
        pct_start=(warmup * (steps - 1) + 1) / steps,
        cycle_momentum=False,
    )
    for step in range(steps):
        assert one_cycle(step / (steps - 1), warmup) == pytest.approx(
            reference.get_last_lr()[0], abs=1e-4
        )
        optimizer.step()
        reference.step()


def test_probabilities_do_not_show_the_weights_of_the_loss() -> None:
    model = LesionClassifier(weights="none").eval()
    images = {"image": torch.rand(3, 3, 224, 224)}
    plain = model.predict_step(images)
    model.class_weights.copy_(torch.tensor([2.0, 1.0, 1.0, 0.0, 1.0, 0.5, 1.0]))
    odds = model.predict_step(images)
    assert (odds[:, 3] == 0).all()
    ratio = (odds[:, 0] / odds[:, 5]) / (plain[:, 0] / plain[:, 5])
    assert torch.allclose(ratio, torch.full((3,), 0.25), rtol=1e-4)
    assert torch.allclose(odds.sum(dim=1), torch.ones(3))


def test_the_loss_is_weighted_and_smoothed() -> None:
    model = LesionClassifier(weights="none", label_smoothing=0.1)
    weights = class_weights(COUNTS, "sqrt")
    model.class_weights.copy_(weights)
    logits = torch.randn(6, 7, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 3, 4, 5, 5])
    surprise = -np.log(softmax(logits.double().numpy(), axis=1))
    weight = weights.double().numpy()
    total = weight[labels].sum()
    hard = (weight[labels] * surprise[np.arange(6), labels]).sum() / total
    smooth = (weight * surprise).sum() / 7 / total
    assert float(model._loss(logits, labels)) == pytest.approx(0.9 * hard + 0.1 * smooth, rel=1e-5)


def test_the_weights_are_those_of_the_training_images(run_folder: Path, checkpoint: Path) -> None:
    splits = pd.read_csv(run_folder / "logs" / "version_0" / "splits.csv", comment="#")
    counts = splits[splits["split"] == "train"]["dx"].value_counts()
    expected = np.array([counts[diagnosis.code] ** -0.5 for diagnosis in DIAGNOSES])
    learned = torch.load(checkpoint, weights_only=True)["state_dict"]["class_weights"].numpy()
    np.testing.assert_allclose(learned / learned[0], expected / expected[0], rtol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_the_loss_is_about_the_teachers(share: float) -> None:
    random = torch.Generator().manual_seed(0)
    student = LesionClassifier(
        weights="none", head_epochs=0, teachers=["a teacher"], distillation=share, dropout=0.0
    ).eval()
    student.log = lambda *args, **options: None  # no trainer here to log to
    network = LesionNetwork().eval()
    for one in (student.network, network):  # or their answers would hardly differ
        torch.nn.init.normal_(one.head.bias, generator=random)
    student._teachers = Teachers([Teacher(network, torch.ones(7), {})], student.class_weights)
    images, labels = torch.rand(4, 3, 64, 64), torch.tensor([0, 1, 4, 5])
    with torch.no_grad():
        loss = student.training_step({"image": images, "label": labels, "image_id": []})
        logits, answers = student(images), network(images).softmax(1)
        own = student._loss(logits, labels)
    divergences = entropy(answers.double().numpy(), logits.double().softmax(1).numpy(), axis=1)
    expected = (1 - share) * float(own) + share * divergences.mean()
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_share_of_the_loss_about_malignancy() -> None:
    logits = torch.randn(6, 7, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 4, 5, 5])
    only = LesionClassifier(weights="none", malignancy_weight=1.0, label_smoothing=0.0)
    probability = logits.softmax(dim=1)[:, [0, 1, 4]].sum(dim=1)
    expected = torch.nn.functional.binary_cross_entropy(
        probability, torch.tensor([1.0, 1.0, 0.0, 1.0, 0.0, 0.0])
    )
    assert torch.isclose(only._loss(logits, labels), expected, atol=1e-5)
    half = LesionClassifier(weights="none", malignancy_weight=0.5, label_smoothing=0.0)
    diagnosis = torch.nn.functional.cross_entropy(logits, labels)
    assert torch.isclose(half._loss(logits, labels), (expected + diagnosis) / 2, atol=1e-5)


def test_loss_about_malignancy_is_that_of_the_unweighted_answer() -> None:
    model = LesionClassifier(weights="none", malignancy_weight=1.0, label_smoothing=0.0)
    model.class_weights.copy_(torch.tensor([2.0, 1.0, 1.0, 4.0, 1.0, 0.5, 1.0]))
    logits = torch.randn(6, 7, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 4, 5, 5])
    odds = logits.softmax(dim=1) / model.class_weights
    expected = torch.nn.functional.binary_cross_entropy(
        odds[:, [0, 1, 4]].sum(dim=1) / odds.sum(dim=1), torch.tensor([1.0, 1, 0, 1, 0, 0])
    )
    assert torch.isclose(model._loss(logits, labels), expected, atol=1e-5)


@pytest.mark.parametrize("malignancy_weight", [0.0, 1.0])
def test_loss_of_a_mixed_image_lies_between_those_of_its_parts(malignancy_weight: float) -> None:
    model = LesionClassifier(weights="none", malignancy_weight=malignancy_weight)
    logits = torch.randn(4, 7, generator=torch.Generator().manual_seed(0))
    labels, others = torch.tensor([4, 4, 0, 5]), torch.tensor([5, 2, 3, 6])
    shares = [torch.nn.functional.one_hot(part, 7).float() for part in (labels, others)]
    mixed = model._loss(logits, 0.3 * shares[0] + 0.7 * shares[1])
    expected = 0.3 * model._loss(logits, labels) + 0.7 * model._loss(logits, others)
    assert torch.isclose(mixed, expected, atol=1e-5)


def test_mixup_mixes_pixels_and_labels_alike() -> None:
    torch.manual_seed(0)
    model = LesionClassifier(weights="none", head_epochs=0, mixup=1.0)
    model.log = lambda *args, **options: None  # no trainer here to log to
    seen: list[torch.Tensor] = []
    model.network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model._loss = lambda logits, labels: seen.append(labels) or logits.sum()  # type: ignore[method-assign]
    images = torch.stack([torch.zeros(3, 64, 64), torch.ones(3, 64, 64)])
    model.training_step({"image": images, "label": torch.tensor([4, 5]), "image_id": []})
    pixels, shares = seen
    assert 0.05 < pixels[0].mean() < 0.95
    assert torch.allclose(pixels.mean(dim=(1, 2, 3)), shares[:, 5])
    assert torch.allclose(shares[:, 4] + shares[:, 5], torch.ones(2))
