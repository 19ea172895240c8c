"""Nothing reports to anybody that the network is used."""

import os
import subprocess
import sys
from pathlib import Path

_LOAD = "import sys; from pathlib import Path; from handlers.network import Network; "
_LOAD += "Network(Path(sys.argv[1]))"


def test_openvino_keeps_no_record_of_its_use(artefact: Path, tmp_path: Path) -> None:
    """Where it reports, it gives the machine a number in the home folder first."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(home)}
    environment.pop("CI", None)  # there it would not report
    subprocess.run([sys.executable, "-c", _LOAD, artefact], env=environment, check=True)
    assert list(home.rglob("*")) == []
