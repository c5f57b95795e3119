"""Writes the type stubs beside the sources when tensorbrook is built or installed."""

import os
import subprocess
import sys

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Stubs(BuildHookInterface):
    """Runs stubs/make.py; a wheel then has what it wrote."""

    def initialize(self, version, build_data):
        """Called by hatchling before it collects the files."""
        paths = [os.path.join(self.root, "src"), os.environ.get("PYTHONPATH", "")]
        subprocess.run(
            [sys.executable, os.path.join(self.root, "stubs", "make.py")],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            check=True,
        )
        build_data["artifacts"].append("/src/tensorbrook/**/*.pyi")
