"""Entry point of ``python -m lightning_module``."""

from lightning_module.cli import main

if __name__ == "__main__":
    main()
