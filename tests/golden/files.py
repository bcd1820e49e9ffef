"""Writers of the golden files: .npy as NumPy writes it, JSON with one decision per line, and safetensors by hand."""
import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
SAFETENSORS_TYPES = {"float16": "F16", "float32": "F32", "float64": "F64", "int64": "I64", "int32": "I32"}


def path_of(name):
    return os.path.join(HERE, name)


def save_npy(name, array, dtype=None):
    """C order, little endian."""
    array = np.ascontiguousarray(array, dtype=dtype)
    np.save(path_of(name + ".npy"), array.astype(array.dtype.newbyteorder("<")))


def save_json(name, value):
    """Lists of plain numbers stay on one line; everything else is indented."""
    with open(path_of(name + ".json"), "w", encoding="utf-8") as f:
        f.write(_json(value, "") + "\n")


def _json(value, indent):
    inner = indent + "  "
    nested = (dict, list, tuple)
    if isinstance(value, dict) and value and any(isinstance(v, nested) for v in value.values()):
        rows = [f"{inner}{json.dumps(k)}: {_json(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + indent + "}"
    if isinstance(value, (list, tuple)) and value and any(isinstance(v, nested) for v in value):
        return "[\n" + ",\n".join(inner + _json(v, inner) for v in value) + "\n" + indent + "]"
    return json.dumps(value)


def save_safetensors(name, tensors):
    """{name: array} as a .safetensors file: u64 little-endian header length, JSON header padded with spaces to a multiple of
    8, then the data of every tensor in the header's order, row-major, without gaps."""
    header, offset, blobs = {}, 0, []
    for key, tensor in tensors.items():
        array = np.ascontiguousarray(tensor)
        blob = array.astype(array.dtype.newbyteorder("<")).tobytes()
        header[key] = {"dtype": SAFETENSORS_TYPES[array.dtype.name], "shape": list(array.shape),
                       "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path_of(name + ".safetensors"), "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def load_safetensors(path):
    """The reverse, for tests and for looking at weights the C core wrote."""
    with open(path, "rb") as f:
        raw = f.read()
    n = int.from_bytes(raw[:8], "little")
    header, data = json.loads(raw[8:8 + n]), raw[8 + n:]
    types = {v: k for k, v in SAFETENSORS_TYPES.items()}
    return {key: np.frombuffer(data[e["data_offsets"][0]:e["data_offsets"][1]], "<" + np.dtype(types[e["dtype"]]).str[1:])
            .reshape(e["shape"]) for key, e in header.items() if key != "__metadata__"}
