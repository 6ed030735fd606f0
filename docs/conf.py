"""Settings of the documentation: nox -s docs, or sphinx-build -n -W docs build/docs."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for the extension api.py

project = "trackercore"
author = project_copyright = "trackercore contributors"
version = release = version_of("trackercore")
html_title = f"trackercore {version}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "api"]
html_theme = "furo"
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["site.css"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

# A single backtick in a docstring is a link if its target is documented: see api.py.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# The build needs no network, so names of other packages are not linked.
nitpick_ignore_regex = [
    ("py:.*", r"(collections|contextlib|datetime|decimal|pydantic|sqlalchemy|typing|uuid)\..*"),
    ("py:.*", r"(hypothesis|matplotlib|pandas|pytest)\..*"),
    ("py:class", r"(date|datetime|frozenset|optional|.*[a-z]T)"),
    ("py:class", r"(AsyncEngine|AsyncSession|URL)"),
    ("py:class", r"(trackercore\.domain\.streak\.)?EarlierStreak"),  # of a column that is a cache
    ("py:class", r"trackercore\.(schemas\.fields|types)\..*"),  # validators of a type
    ("py:exc", r"(TypeError|ValueError|RuntimeError)"),
]
