"""Picks the numeric precision that the processor at hand is fast in."""

from typing import Literal

import torch


def default_precision() -> Literal["bf16-mixed", "16-mixed", "32-true"]:
    """Choose mixed precision where the hardware computes in it, full precision elsewhere.

    bfloat16 emulated by a CPU without instructions for it is slower than float32; GPUs before
    NVIDIA's Ampere emulate it too, but compute in float16.
    """
    if torch.cuda.is_available():
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16-mixed" if native else "16-mixed"
    # Before torch 2.11 there was no way to ask.
    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    native = bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
    return "bf16-mixed" if native else "32-true"
