"""LitServe, as its documentation would have one write it.

python litserve_server.py PORT WORKERS
"""

import base64
import sys
from pathlib import Path
from typing import Any

import litserve

from datamodules.preprocess import NetworkInput, network_input
from handlers.network import Network, NetworkOutput
from handlers.response import predict_response


class LesionAPI(litserve.LitAPI):  # type: ignore[misc]
    """The four steps of a request."""

    def setup(self, device: str) -> None:
        """Load the network."""
        self.network = Network(Path(__file__).parents[2] / "model_store")

    def decode_request(self, request: dict[str, str]) -> NetworkInput:
        """Decode the image."""
        return network_input(base64.b64decode(request["image"]))

    def predict(self, image: NetworkInput) -> tuple[NetworkInput, NetworkOutput]:
        """Run the network."""
        return image, self.network.run(image.pixels)

    def encode_response(self, result: tuple[NetworkInput, NetworkOutput]) -> dict[str, Any]:
        """Answer like our handler."""
        return predict_response(self.network.spec, result[1], result[0]).model_dump()


if __name__ == "__main__":
    port, workers = map(int, sys.argv[1:])
    server = litserve.LitServer(LesionAPI(), accelerator="cpu", workers_per_device=workers)
    server.run(host="127.0.0.1", port=port, num_api_servers=1, generate_client_file=False)
