"""Runtimes that could serve the network instead.

Each module has a ``Runtime`` as in ``handlers/runtime.py``, in whose place it can be put: it is
copied there to be measured through the real server, and so imports nothing of this project.
"""
