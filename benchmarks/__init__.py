"""Measurements, each a command: ``python -m benchmarks.NAME``."""

import os

# ONNX Runtime would report to Microsoft where it runs and what. It looks when it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
