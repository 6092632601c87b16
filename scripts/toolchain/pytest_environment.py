"""Point Ape and the compiler at the project's own folders, before pytest loads Ape's plugin.

pyproject.toml names this module with `-p`, so that a plain `pytest` needs no environment variable
and writes nothing into the home folder, as under `make test`.
"""

import os
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "build"

os.environ.setdefault("APE_DATA_FOLDER", str(BUILD / "ape"))
os.environ.setdefault("SOLCX_BINARY_PATH", str(BUILD / "solc"))
os.environ.setdefault("PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS", "no")
os.environ["PATH"] = f"{BUILD / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
