"""Runs the client, ``skin-lesion-gui`` and ``python -m gui``, or says that it lacks Tk."""

import sys


def main() -> int:
    """Run the client with the process's command line until its window is closed.

    Returns:
        Exit status.
    """
    try:
        import tkinter  # noqa: F401 - many systems have it in a package of its own
    except ImportError as error:
        print(
            f"This Python has no Tk ({error}). Install it: python3-tk on Debian and Ubuntu, "
            "python3-tkinter on Fedora, python-tk with Homebrew.",
            file=sys.stderr,
        )
        return 1
    from gui.app import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
