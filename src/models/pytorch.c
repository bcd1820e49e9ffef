/* pytorch.c - a model's network as a program for PyTorch: its classes and a reader of its weights. */
#include "models/pytorch.h"

#include "base/error.h"
#include "models/model.h"

#include <stdlib.h>

static const char reader[] =
    "def load_safetensors(path):\n"
    "    \"\"\"The float32 tensors of a safetensors file, by name.\"\"\"\n"
    "    with open(path, \"rb\") as file:\n"
    "        data = file.read()\n"
    "    (length,) = struct.unpack(\"<Q\", data[:8])\n"
    "    header = json.loads(data[8 : 8 + length])\n"
    "    header.pop(\"__metadata__\", None)\n"
    "    tensors = {}\n"
    "    for name, info in header.items():\n"
    "        begin, end = (8 + length + offset for offset in info[\"data_offsets\"])\n"
    "        assert info[\"dtype\"] == \"F32\", f\"{name} is not float32\"\n"
    "        tensors[name] = torch.frombuffer(bytearray(data[begin:end]), "
    "dtype=torch.float32).reshape(info[\"shape\"])\n"
    "    return tensors\n\n\n";

static void put_helpers(writer *w)
{
    for (const nb_layer_kind *const *kind = nb_layers; *kind; kind++) {
        bool used = false;
        for (int i = 0; i < w->net->n_steps; i++)
            used = used || (w->net->steps[i].what == NB_STEP_APPLY && w->net->steps[i].kind == *kind);
        if (used && (*kind)->python_needs) nb_pytorch_put(w, &w->out, "%s\n\n", (*kind)->python_needs);
    }
}

static void put_script(writer *w, const nb_model *model)
{
    text *t = &w->out;
    const nb_value_shape s = nb_model_sample_shape(model);
    nb_pytorch_put(w, t,
                   "if __name__ == \"__main__\":\n"
                   "    import sys\n\n"
                   "    model = %s()\n"
                   "    if len(sys.argv) > 1:\n"
                   "        model.load_state_dict(load_safetensors(sys.argv[1]), strict=True)\n"
                   "    print(model)\n"
                   "    print(\"a sample has the shape\", (",
                   w->class_names[0]);
    for (int i = 0; i < s.rank; i++)
        nb_pytorch_put(w, t, i ? ", %d" : "%d%s", s.shape[i], s.rank == 1 ? "," : "");
    nb_pytorch_put(w, t, "))\n");
}

static void put_file(writer *w, const nb_model *model)
{
    nb_pytorch_put(w, &w->out,
                   "import json\nimport math\nimport struct\n\nimport torch\nimport torch.nn as nn\n"
                   "import torch.nn.functional as F\n\n\n");
    nb_pytorch_put(w, &w->out, "%s", reader);
    put_helpers(w);
    nb_export_find(&w->e);
    nb_pytorch_classes(w);
    put_script(w, model);
}

static void take_room(nb_arena *a, void *object)
{
    writer *w = object;
    const size_t steps = (size_t)w->net->n_steps + 2, values = (size_t)w->net->n_values;
    w->e.scopes = nb_arena_take(a, steps, sizeof *w->e.scopes);
    w->e.at = nb_arena_take(a, steps, sizeof *w->e.at);
    w->e.made = nb_arena_take(a, values, sizeof *w->e.made);
    w->e.uses_in = nb_arena_take(a, values, sizeof *w->e.uses_in);
    w->e.reader = nb_arena_take(a, values, sizeof *w->e.reader);
    w->atoms = nb_arena_take(a, steps, sizeof *w->atoms);
    w->names = nb_arena_take(a, values, sizeof *w->names);
    w->atom_of = nb_arena_take(a, values, sizeof *w->atom_of);
    w->line_of = nb_arena_take(a, values, sizeof *w->line_of);
    w->leaves = nb_arena_take(a, steps + (size_t)w->net->n_modules, sizeof *w->leaves);
    w->classes = nb_arena_take(a, steps, sizeof *w->classes);
    w->class_names = nb_arena_take(a, steps, sizeof *w->class_names);
}

nb_status nb_model_export_pytorch(const nb_model *model, uint8_t **out, size_t *size, nb_error *err)
{
    nb_arena room;
    writer w = {.net = model->network, .e = {.net = model->network}};
    const nb_status status = nb_arena_fill(&room, take_room, &w, err);
    if (status != NB_OK) return status;
    put_file(&w, model);
    for (int i = 0; i < w.e.n_scopes; i++) free(w.classes[i].data);
    nb_arena_free(&room);
    if (w.status == NB_OK && w.lacks == NULL) {
        *out = (uint8_t *)w.out.data;
        *size = w.out.length;
        return NB_OK;
    }
    free(w.out.data);
    if (w.lacks) return nb_fail(err, NB_ERR_ARGUMENT, "%s cannot be written for PyTorch yet", w.lacks);
    return nb_fail_memory(err, w.out.room);
}
