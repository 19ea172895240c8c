"""The exported graph: everything between an image's pixels and what the handler reports."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from datamodules.labels import DIAGNOSES
from lightning_module.calibration import Calibration
from lightning_module.distance import Distance
from lightning_module.malignancy import malignancy
from lightning_module.network import LesionNetwork


class ScreeningGraph(nn.Module):
    """A trained network with its normalisation, calibration, explanation and distance.

    What lives in here can not disagree with the network: the server adds nothing to it.
    """

    offsets: Tensor
    malignant: Tensor
    mean: Tensor
    projection: Tensor

    def __init__(
        self, network: LesionNetwork, calibration: Calibration, distance: Distance
    ) -> None:
        """Join the parts."""
        super().__init__()
        # Without gradients: torch 2.8 can not export the backbone's own.
        self.network = network.eval().requires_grad_(False)
        self.temperature = calibration.temperature
        self.register_buffer("offsets", calibration.offsets)
        self.register_buffer(
            "malignant", torch.tensor([float(diagnosis.malignant) for diagnosis in DIAGNOSES])
        )
        self.register_buffer("mean", distance.mean)
        self.register_buffer("projection", distance.projection)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Screen a batch of images.

        Args:
            images: ``uint8 [N, 224, 224, 3]``, RGB.

        Returns:
            ``probabilities [N, 7]``, ``malignancy [N]``, ``activation_map [N, 7, 7]`` and
            ``distance [N]``, all ``float32``.
        """
        early = self.network.early_features(images.permute(0, 3, 1, 2).float() / 255)
        features = self.network.late_features(early)
        calibrate = Calibration(self.temperature, self.offsets)
        probabilities = calibrate(self.network.classify(features))
        return (
            probabilities,
            malignancy(probabilities),
            self._activation_map(features, probabilities),
            Distance(self.mean, self.projection)(early.mean(dim=(2, 3))),
        )

    def _activation_map(self, features: Tensor, probabilities: Tensor) -> Tensor:
        """Map the evidence for malignancy over the image.

        The gradient of the log-odds of malignancy by the pooled features, written out (the head
        is linear), weighs the feature map: what Grad-CAM (Selvaraju et al., ICCV 2017,
        arXiv:1610.02391) would compute, without gradients.
        """
        share = probabilities * self.malignant
        other = probabilities * (1 - self.malignant)
        tiny = torch.finfo(probabilities.dtype).tiny
        contrast = share / share.sum(1, keepdim=True).clamp_min(tiny) - other / other.sum(
            1, keepdim=True
        ).clamp_min(tiny)
        channels = contrast @ self.network.head.weight / self.temperature
        return centred(torch.einsum("nc,nchw->nhw", channels, features))


def centred(maps: Tensor) -> Tensor:
    """Move maps of the last features by half a place, to where their evidence lies.

    Of five convolutions with stride 2, each looks at every second pixel from the first one on: what
    stands in a place was seen around that part's upper left corner, not around its centre.

    Args:
        maps: ``float32 [N, H, W]``, of places 32 pixels wide.

    Returns:
        ``float32 [N, H, W]``: the mean of what was seen around the corners of each part.
    """
    corners = functional.pad(maps.unsqueeze(1), (0, 1, 0, 1), mode="replicate")
    return functional.avg_pool2d(corners, kernel_size=2, stride=1).squeeze(1)
