"""Data sets from the command line: ``python -m datamodules download|summary|synthetic``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from datamodules.cache import DEFAULT_CACHE
from datamodules.download import download
from datamodules.errors import DatasetError
from datamodules.lesion_table import TestSet
from datamodules.summary import summarise
from datamodules.synthetic import NOTICE, write_synthetic


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line.

    Args:
        args: Arguments without the program's name; those of the process when ``None``.

    Raises:
        SystemExit: With status 1 and one line on standard error when the data set or the disk is
            not as it should be; with status 2 for wrong arguments.
    """
    options = _parser().parse_args(args)
    try:
        if options.command == "download":
            download(options.root, official_test=options.official_test)
            print(f"HAM10000 (CC BY-NC 4.0) is complete in {options.root}.")
        elif options.command == "summary":
            summarise(options.root, options.test_set, options.cache_dir, options.output)
        else:
            table = write_synthetic(options.root, options.seed)
            print(f"{len(table)} made-up images in {options.root}. {NOTICE}", end="")
    except (DatasetError, OSError) as error:
        sys.exit(f"error: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m datamodules", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("download", help="get HAM10000 from the Harvard Dataverse")
    command.add_argument("root", type=Path, help="folder to download to")
    command.add_argument(
        "--official-test", action="store_true", help="also get the ISIC 2018 test set"
    )

    command = commands.add_parser("summary", help="tell what is in a data set")
    command.add_argument("root", type=Path, help="folder of the data set")
    command.add_argument("--test-set", choices=get_args(TestSet), default="split")
    command.add_argument("--cache-dir", type=Path, default=DEFAULT_CACHE)
    command.add_argument("--output", type=Path, help="folder for figures and tables")

    command = commands.add_parser("synthetic", help="make a small data set", description=NOTICE)
    command.add_argument("root", type=Path, help="folder to write to")
    command.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main()
