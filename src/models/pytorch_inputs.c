/* pytorch_inputs.c - what an exported program calls what its network takes. */
#include "models/pytorch.h"

#include <string.h>

bool nb_pytorch_is_time(const nb_net_input *in)
{
    return in->kind == NB_INPUT_TIMESTEP || in->kind == NB_INPUT_FRACTION;
}

/* What the script calls an input. */
void nb_pytorch_input(writer *w, text *t, const nb_net_input *in)
{
    static const char *const own[] = {
        "model",    "data",    "labels",   "epochs",    "epoch",     "losses",    "loss", "batch",
        "x_0",      "x_t",     "t",        "eps",       "signal",    "alpha_bar", "y",    "steps",
        "args",     "parser",  "beta",     "weights",   "out",       "json",      "zlib", "struct",
        "argparse", "tensors", "metadata", "noise",     "average",   "share",     "mean", "weight",
        "paces",    "each",    "copy",     "optimizer", "optimizers"};
    if (in->kind == NB_INPUT_X || in->kind == NB_INPUT_LABELS) {
        nb_pytorch_put(w, t, in->kind == NB_INPUT_X ? "data" : "labels");
        return;
    }
    bool free = nb_pytorch_is_time(in) || nb_pytorch_free(w, in->name);
    for (size_t i = 0; i < sizeof own / sizeof *own && !nb_pytorch_is_time(in); i++)
        free = free && strcmp(own[i], in->name) != 0;
    if (free)
        nb_pytorch_put(w, t, "%s", nb_pytorch_is_time(in) ? "t" : in->name);
    else
        nb_pytorch_put(w, t, "input_%d", (int)(in - w->net->inputs));
}

/* ", labels, mask": all but x, and t if it is drawn. */
void nb_pytorch_inputs(writer *w, text *t, bool time, const char *after)
{
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        if (in->kind == NB_INPUT_X || (nb_pytorch_is_time(in) && !time)) continue;
        nb_pytorch_put(w, t, ", ");
        nb_pytorch_input(w, t, in);
        nb_pytorch_put(w, t, "%s", after);
    }
}
