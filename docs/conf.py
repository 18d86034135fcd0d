"""Settings of the documentation site; `python docs/build.py` builds it."""

import importlib.util
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import pfc_analysis

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_extensions"))

project = "pfc_analysis"
author = "The pfc_analysis developers"
copyright = author  # noqa: A001
version = release = pfc_analysis.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "generated_pages",
]
exclude_patterns = ["_extensions", "README.md"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "attrs_inline", "substitution"]
myst_heading_anchors = 3

# Every notebook is executed when the site is built; an error in a cell stops the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_merge_streams = True
# An error that the toolkit tells in one line is no traceback, as which myst-nb would colour it.
suppress_warnings = ["misc.highlighting_failure"]

autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "pfc_analysis"
# Formulas are set without a network: MathJax comes from this package, not from its usual server.
_mathjax = importlib.util.find_spec("sphinx-mathjax-offline")
assert _mathjax is not None
assert _mathjax.origin is not None
mathjax_path = "mathjax/tex-chtml.js"
html_static_path = ["_static", str(Path(_mathjax.origin).parent / "static")]
html_css_files = ["site.css"]
html_show_sourcelink = False
# Wide tables and the gallery use the whole width.
html_theme_options = {
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        "paper/generated/claims": [],
        "paper/generated/gallery": [],
        "reference/generated/questions": [],
        "reference/generated/schema": [],
    },
    "header_links_before_dropdown": 8,
    "navbar_align": "left",
    "show_toc_level": 2,
    "show_prev_next": True,
    "navigation_with_keys": True,
    "search_bar_text": "Search",
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def setup(app: Sphinx) -> None:
    """Show tables in CSV as plain text: Pygments has no lexer of that name."""
    app.add_lexer("csv", TextLexer)
