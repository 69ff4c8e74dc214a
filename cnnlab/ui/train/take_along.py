"""A trained network as one file for the browser to keep."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from cnnlab.convert import write_design
from cnnlab.data import base_name
from cnnlab.ui.app.lab import lab

_LOAD = """
# The trained weights, for `model` in network.py:
#
#     from safetensors.torch import load_file
#     model.load_state_dict(load_file("model.safetensors"))
"""


def packed_run(run_id: str) -> bytes:
    """A ZIP file with a PyTorch script, the design and the weights of the best epoch."""
    from cnnlab.reader.export import write_export

    run = lab().store.run(run_id)
    script = write_design(run.design, run.config, "pytorch", base_name(run.data))
    packed = io.BytesIO()
    with TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in write_export(lab().store, lab().catalogue, run, "best", Path(folder)):
            archive.write(path, path.name)
        archive.writestr("network.py", script + _LOAD)
    return packed.getvalue()
