/* pytorch.c - a model's network as a program for PyTorch: its classes, and what loads, trains and saves it. */
#include "models/pytorch.h"

#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* What stands for nn.ModuleDict where parameters are among the modules. */
static const char parts[] = "class Parts(nn.Module):\n"
                            "    def __init__(self, parts):\n"
                            "        super().__init__()\n"
                            "        for name, part in parts.items():\n"
                            "            setattr(self, name, part)\n"
                            "\n"
                            "    def __getitem__(self, name):\n"
                            "        return getattr(self, name)\n\n\n";

/* What the layers call that PyTorch has not. */
static void put_helpers(writer *w)
{
    for (const nb_layer_kind *const *kind = nb_layers; *kind; kind++) {
        bool used = false;
        for (int i = 0; i < w->net->n_steps; i++)
            used = used || (w->net->steps[i].what == NB_STEP_APPLY && w->net->steps[i].kind == *kind);
        if (used && (*kind)->python_needs) nb_pytorch_put(w, &w->helpers, "%s\n\n", (*kind)->python_needs);
    }
}

/* mini-unet is MiniUNet. */
static void name_network(char out[MOST_NAME], const char *kind)
{
    size_t n = 0;
    for (const char *word = kind; *word && n + 8 < MOST_NAME; word += *word == '-') {
        const size_t length = strcspn(word, "-");
        const bool unet = length == 4 && strncmp(word, "unet", 4) == 0;
        for (size_t i = 0; i < length && n + 1 < MOST_NAME; i++)
            out[n++] = (char)(i == 0 || (unet && i == 1) ? toupper((unsigned char)word[i]) : word[i]);
        word += length;
    }
    out[n] = '\0';
}

static void put_imports(writer *w, text *t, const text *program)
{
    static const char *const modules[] = {"argparse", "copy", "json", "math", "struct", "zlib"};
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        char use[16];
        snprintf(use, sizeof use, "%s.", modules[i]);
        if (strstr(nb_pytorch_string(program), use)) nb_pytorch_put(w, t, "import %s\n", modules[i]);
    }
    nb_pytorch_put(w, t, "\nimport numpy as np\nimport torch\nimport torch.nn as nn\n");
    if (strstr(nb_pytorch_string(program), "F.")) nb_pytorch_put(w, t, "import torch.nn.functional as F\n");
    nb_pytorch_put(w, t, "\n\n");
}

static void put_file(writer *w, text *out, const nb_model *model, const nb_program *how)
{
    char name[MOST_NAME];
    text program = {0};
    put_helpers(w);
    nb_export_find(&w->e);
    name_network(name, nb_model_kind_name(model->config.kind));
    w->e.scopes[0].of = name;
    nb_pytorch_classes(w);
    if (strstr(nb_pytorch_string(&w->classes), "Parts({")) nb_pytorch_put(w, &w->helpers, "%s", parts);
    nb_pytorch_files(w, &program);
    nb_pytorch_put(w, &program, "%s%s", nb_pytorch_string(&w->helpers), nb_pytorch_string(&w->classes));
    nb_pytorch_script(w, &program, model, how);
    nb_pytorch_put(w, out,
                   "\"\"\"%s, written by Noisebook. --help says what it does when it is run.\"\"\"\n\n",
                   w->blocks[0].name);
    put_imports(w, out, &program);
    nb_pytorch_put(w, out, "%s", nb_pytorch_string(&program));
    free(program.data);
}

static void take_room(nb_arena *a, void *object)
{
    writer *w = object;
    const size_t steps = (size_t)w->net->n_steps + 2, values = (size_t)w->net->n_values;
    w->e.scopes = nb_arena_take(a, steps, sizeof *w->e.scopes);
    w->e.at = nb_arena_take(a, steps, sizeof *w->e.at);
    w->blocks = nb_arena_take(a, steps, sizeof *w->blocks);
    w->atoms = nb_arena_take(a, steps, sizeof *w->atoms);
    w->names = nb_arena_take(a, values, sizeof *w->names);
    w->stands = nb_arena_take(a, values, sizeof *w->stands);
    w->atom_of = nb_arena_take(a, values, sizeof *w->atom_of);
    w->line_of = nb_arena_take(a, values, sizeof *w->line_of);
    w->leaves = nb_arena_take(a, steps + (size_t)w->net->n_modules, sizeof *w->leaves);
}

nb_status nb_model_export_pytorch(const nb_model *model, const nb_program *how, uint8_t **out, size_t *size,
                                  nb_error *err)
{
    nb_arena room;
    text file = {0};
    writer w = {.net = model->network, .e = {.net = model->network}};
    const nb_status status = nb_arena_fill(&room, take_room, &w, err);
    if (status != NB_OK) return status;
    put_file(&w, &file, model, how);
    nb_pytorch_end(&w);
    nb_arena_free(&room);
    if (w.status == NB_OK && w.lacks == NULL) {
        *out = (uint8_t *)file.data;
        *size = file.length;
        return NB_OK;
    }
    free(file.data);
    if (w.lacks) return nb_fail(err, NB_ERR_ARGUMENT, "%s cannot be written for PyTorch yet", w.lacks);
    return nb_fail_memory(err, w.lacking);
}
