"""Everything is declared in setup.cfg; this only lets the wheel carry the content folders."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CONTENT = ("agents", "datasets", "figures")


class BuildWithContent(build_py):
    """Copy agents/, datasets/ and figures/ to pfc_analysis/content/ inside the wheel.

    They are no import packages (packages called `datasets` or `agents` would shadow others'), so
    setuptools does not find them. In a development install `paths.py` reads the checkout.
    """

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "pfc_analysis", "content")
        for name in CONTENT:
            shutil.rmtree(target / name, ignore_errors=True)
            shutil.copytree(
                name,
                target / name,
                ignore=shutil.ignore_patterns("recordings", "__pycache__", ".gitkeep"),
            )


setup(cmdclass={"build_py": BuildWithContent})
