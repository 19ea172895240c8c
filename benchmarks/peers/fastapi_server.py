"""FastAPI around the network, as its documentation would have one write it.

python fastapi_server.py PORT WORKERS
"""

import base64
import sys
from functools import cache
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from datamodules.preprocess import network_input
from handlers.network import Network
from handlers.response import predict_response

app = FastAPI()


class Request(BaseModel):
    """The body."""

    image: str


@cache
def network() -> Network:
    """Load the network once in each worker."""
    return Network(Path(__file__).parents[2] / "model_store")


@app.post("/predict")
def predict(request: Request) -> dict[str, object]:
    """Answer like our handler."""
    image = network_input(base64.b64decode(request.image))
    output = network().run(image.pixels)
    return predict_response(network().spec, output, image).model_dump()


if __name__ == "__main__":
    uvicorn.run(
        "fastapi_server:app",
        app_dir=str(Path(__file__).parent),
        port=int(sys.argv[1]),
        workers=int(sys.argv[2]),
        log_level="warning",
    )
