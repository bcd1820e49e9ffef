"""Weights in half the bytes: python3 tests/golden/half_weights.py IN.safetensors OUT.safetensors

Every float32 tensor becomes float16, rounded to the nearest; names, shapes and the record stay.
"""
import argparse
import json
import struct


def read(path):
    data = open(path, "rb").read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    record = header.pop("__metadata__", {})
    return record, {name: (each, data[8 + size + each["data_offsets"][0] : 8 + size + each["data_offsets"][1]]) for name, each in header.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("target")
    given = parser.parse_args()
    record, tensors = read(given.source)
    header, body = {"__metadata__": record}, b""
    for name, (info, data) in tensors.items():
        if info["dtype"] != "F32":
            raise SystemExit(f"{name} is {info['dtype']}: it takes float32")
        half = struct.pack(f"<{len(data) // 4}e", *struct.unpack(f"<{len(data) // 4}f", data))
        header[name] = {"dtype": "F16", "shape": info["shape"], "data_offsets": [len(body), len(body) + len(half)]}
        body += half
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    open(given.target, "wb").write(struct.pack("<Q", len(text)) + text + body)


main()
