"""The notebook is run where Jupyter and the extra `notebook` are installed."""

from __future__ import annotations

from importlib.util import find_spec

if not all(map(find_spec, ("ipykernel", "matplotlib", "nbclient", "pandas"))):
    collect_ignore = ["test_notebook.py"]
