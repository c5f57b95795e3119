"""Records what two workers of TensorFlow's MultiWorkerMirroredStrategy see and come to.

cd tests/oracles && /path/to/python make_workers.py
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main():
    with tempfile.TemporaryDirectory() as folder:
        for i in range(3):
            Path(folder, f"{i}.txt").write_text("".join(f"{4 * i + k}\n" for k in range(4)))
        servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        addresses = [f"127.0.0.1:{s.getsockname()[1]}" for s in servers]
        for server in servers:
            server.close()
        processes = []
        for index in range(2):
            task = {"type": "worker", "index": index}
            config = json.dumps({"cluster": {"worker": addresses}, "task": task})
            environment = {**os.environ, "TF_CONFIG": config, "CUDA_VISIBLE_DEVICES": ""}
            command = [sys.executable, HERE / "workers_program.py", f"{folder}/out", folder]
            processes.append(subprocess.Popen([*command, "tensorflow"], env=environment))
        assert [p.wait() for p in processes] == [0, 0]
        found = [json.loads(Path(folder, f"out.{i}").read_text()) for i in range(2)]
    text = json.dumps(found, indent=None, separators=(",", ":"))
    (HERE / "golden" / "workers.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
