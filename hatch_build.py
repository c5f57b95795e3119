"""Writes the type stubs beside the sources when tensorbrook is built or installed."""

import os
import subprocess
import sys

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Stubs(BuildHookInterface):
    """Runs stubs/make.py; a wheel then has what it wrote."""

    def initialize(self, version, build_data):
        """Called by hatchling before it collects the files."""
        command = [sys.executable, os.path.join(self.root, "stubs", "make.py")]
        if subprocess.run(command).returncode:  # sources that cannot be written to, for example
            self.app.display_warning("There are no type stubs (see above); programs run without.")
        build_data["artifacts"].append("/src/tensorbrook/**/*.pyi")
