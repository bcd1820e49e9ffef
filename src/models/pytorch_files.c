/* pytorch_files.c - how an exported program reads and writes weights: functions of its own, so that it needs no package. */
#include "models/pytorch.h"

static const char files[] =
    "def load_safetensors(path):\n"
    "    \"\"\"The float32 tensors of a file by name, and what its header says beside them.\"\"\"\n"
    "    with open(path, \"rb\") as file:\n"
    "        (length,) = struct.unpack(\"<Q\", file.read(8))\n"
    "        header, data = json.loads(file.read(length)), bytearray(file.read())\n"
    "    metadata = header.pop(\"__metadata__\", {})\n"
    "    tensors = {}\n"
    "    for name, info in header.items():\n"
    "        assert info[\"dtype\"] == \"F32\", f\"{name} is of type {info['dtype']}, not F32\"\n"
    "        begin, end = info[\"data_offsets\"]\n"
    "        tensors[name] = torch.frombuffer(data[begin:end], "
    "dtype=torch.float32).reshape(info[\"shape\"])\n"
    "    return tensors, metadata\n\n\n"
    "def save_safetensors(path, tensors, metadata):\n"
    "    header, end = {\"__metadata__\": metadata}, 0\n"
    "    for name, tensor in tensors.items():\n"
    "        begin, end = end, end + 4 * tensor.numel()\n"
    "        header[name] = {\"dtype\": \"F32\", \"shape\": list(tensor.shape), \"data_offsets\": [begin, "
    "end]}\n"
    "    text = json.dumps(header).encode()\n"
    "    text += b\" \" * (-len(text) % 8)\n"
    "    with open(path, \"wb\") as file:\n"
    "        file.write(struct.pack(\"<Q\", len(text)) + text)\n"
    "        for tensor in tensors.values():\n"
    "            file.write(tensor.numpy().astype(\"<f4\").tobytes())\n\n\n";

void nb_pytorch_files(writer *w, text *t) { nb_pytorch_put(w, t, "%s", files); }
