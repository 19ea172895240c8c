"""Runs the client, ``skin-lesion-gui`` and ``python -m gui``, or says what it lacks."""

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
    try:
        from gui.app import main as run
    except ModuleNotFoundError as error:  # installed without the extra
        _tell(
            f"The client needs the package {error.name}. Install all that it needs, in the "
            'project\'s folder: pip install ".[gui]"'
        )
        return 1
    return run()


def _tell(text: str) -> None:
    """Say what is missing; in a box, for which there is Tk, where there is no console to say it."""
    if sys.stderr is not None:
        print(text, file=sys.stderr)
        return
    from tkinter import Tk, messagebox

    Tk().withdraw()
    messagebox.showerror("Skin Lesion Screening", text)


if __name__ == "__main__":
    sys.exit(main())
