"""The command line: `tensorbrook run program.py`, and its kin that `tensorbrook --help` lists."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import version
from .tools import export, launch, lesson, run

EPILOG = """
commands:
  run program.py [arguments]  run a program written for TensorFlow or Keras, unchanged
  export model.keras out.onnx write a model's file for ONNX Runtime and others to run
  launch -n 4 program.py      run it in several processes that train together, here or on hosts
  lesson [arguments]          from a tensor to a trained network; `lesson --help` says more
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Carry out one command; the arguments after it are its own."""
    parser = argparse.ArgumentParser(
        prog="tensorbrook",
        description="TensorFlow 2's programming model and Keras, in Python over NumPy.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own, followed = version.TENSORBROOK, version.VERSION
    parser.add_argument(
        "--version", action="version", version=f"tensorbrook {own} (follows TensorFlow {followed})"
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the command")
    given = parser.parse_args(argv)
    COMMANDS[given.command](given.arguments)


def run_command(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="tensorbrook run",
        description="Run a program with `import tensorflow` and `import keras` answered by "
        "tensorbrook. An uncaught exception prints short; TENSORBROOK_FULL_TRACEBACK=1 in the "
        "environment prints all of it.",
    )
    parser.add_argument("program", help="the program's file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the program")
    given = parser.parse_args(argv)
    if not Path(given.program).is_file():
        parser.error(f"no such file: {given.program}")
    run.main(given.program, given.arguments)


COMMANDS = {"run": run_command, "export": export.main, "launch": launch.main, "lesson": lesson.main}

if __name__ == "__main__":
    sys.exit(main())
