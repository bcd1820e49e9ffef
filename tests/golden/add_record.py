"""Puts entries into the __metadata__ of a safetensors file; its tensors stay the same bytes.

    python3 tests/golden/add_record.py FILE NAME=VALUE ...

For weights that were saved before files carried a record (nb_model_save in noisebook.h lists the names).
"""

import json
import struct
import sys

path, *entries = sys.argv[1:]
with open(path, "rb") as f:
    size = struct.unpack("<Q", f.read(8))[0]
    header, data = json.loads(f.read(size)), f.read()
metadata = {**header.pop("__metadata__", {}), **dict(entry.split("=", 1) for entry in entries)}
text = json.dumps({"__metadata__": metadata, **header}, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open(path, "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
