"""Makes one virtual environment for each peer, in .peers/ or in the folder TENSORBROOK_PEERS.

Takes names of peers, by default all, about 3 GB.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(os.environ.get("TENSORBROOK_PEERS") or Path(__file__).parents[1] / ".peers")
PACKAGES = {
    "tensorflow": ["tensorflow-cpu==2.21.*"],
    "jax": ["jax==0.10.*", "keras==3.15.*"],
    # The build for CPUs comes from PyTorch's own index; where that is out of reach, PyPI's does.
    "torch": ["torch==2.13.*", "numpy", "--extra-index-url=https://download.pytorch.org/whl/cpu"],
    # ONNX Runtime, for `predict` alone: PyTorch writes its models
    "onnx": ["torch==2.13.*", "numpy", "onnx", "onnxruntime", "onnxscript"],
}
SHORT = {"tensorflow": "tf"}


def interpreter(peer):
    """The path of the peer's Python, which need not exist."""
    folder = FOLDER / SHORT.get(peer, peer)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main(peers):
    for peer in peers or PACKAGES:
        if peer not in PACKAGES:
            raise SystemExit(f"[make_peers] got {peer!r}, expected some of {', '.join(PACKAGES)}")
        python = interpreter(peer)
        if not python.exists():
            venv.create(python.parents[1], with_pip=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([python, "-m", "pip", "install", *quiet, *PACKAGES[peer]], check=True)
        print(f"{peer}: {python}")


if __name__ == "__main__":
    main(sys.argv[1:])
