"""The default precision. No GPU is needed: torch is told which one it finds, and judges itself."""

from types import SimpleNamespace

import pytest
import torch

from lightning_module.precision import default_precision


@pytest.mark.skipif(torch.version.hip is not None, reason="torch for ROCm asks no generation")
@pytest.mark.parametrize(
    ("generation", "precision"),
    [(7, "16-mixed"), (8, "bf16-mixed"), (9, "bf16-mixed")],
    ids=["Volta and Turing", "Ampere", "Hopper"],
)
def test_a_gpu_that_only_emulates_bfloat16_computes_in_float16(
    generation: int, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda device: SimpleNamespace(major=generation)
    )
    # As on every GPU: a bfloat16 tensor can be made, be it computed with or emulated.
    monkeypatch.setattr(torch.cuda, "_check_bf16_tensor_supported", lambda device: True)
    assert torch.cuda.is_bf16_supported()
    assert default_precision() == precision


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks the processor only without a GPU")
@pytest.mark.parametrize(
    ("instructions", "precision"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, "bf16-mixed"),
        ({"avx512_bf16": False, "amx_bf16": True}, "bf16-mixed"),
        ({"avx512_bf16": False, "amx_bf16": False}, "32-true"),
        ({}, "32-true"),
    ],
)
def test_a_processor_computes_in_bfloat16_where_it_has_instructions_for_it(
    instructions: dict[str, bool], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: instructions, raising=False)
    assert default_precision() == precision
