import torch

from datamodules.labels import DIAGNOSES
from lightning_module.malignancy import is_malignant, malignancy, malignancy_log_odds


def test_malignant_diagnoses_are_summed() -> None:
    expected = torch.tensor([diagnosis.malignant for diagnosis in DIAGNOSES])
    assert torch.equal(malignancy(torch.eye(7)), expected.float())
    assert torch.equal(is_malignant(torch.arange(7)), expected)


def test_log_odds_are_those_of_the_sum() -> None:
    logits = torch.randn(50, 7, generator=torch.Generator().manual_seed(0)).double()
    expected = torch.logit(malignancy(logits.softmax(1)))
    torch.testing.assert_close(malignancy_log_odds(logits), expected)
