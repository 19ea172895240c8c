"""Serving: TorchServe handler, archive, supervisor and the REST gateway."""

import sys

# OpenVINO tells its makers, through Google Analytics, that it was imported and where, unless the
# package that does so is missing.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
