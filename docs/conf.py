"""How the documentation is built: by `make docs`, with warnings as errors and without a network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "autosync"
extensions = ["sphinx.ext.autodoc", "myst_parser", "generated", "offline"]
exclude_patterns = ["_build", "_extensions", "generated/fragments"]
nitpicky = True
nitpick_ignore_regex = [
    # docstrings may name what is not public, and what is another library's
    ("py:.*", r"autosync\.[a-z_.]+(\.[A-Z_]\w*)?"),
    ("py:.*", r"(sqlalchemy|datetime|collections|typing)\..*"),
]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "autosync"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "native"
