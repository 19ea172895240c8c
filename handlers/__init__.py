"""Serving: TorchServe handler, archive, supervisor and the REST gateway."""
