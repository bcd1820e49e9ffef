/* add.c - y = x0 + x1, in the place of x0 where nothing else needs it: the residual connection. */
#include "nn/layer.h"

void nb_add_forward(const nb_layer_args *a)
{
    if (a->out.data != a->in[0].data) nb_move(a->out, a->in[0], a->rows, false);
    nb_move(a->out, a->in[1], a->rows, true);
}

void nb_add_backward(const nb_layer_args *a)
{
    for (int k = 0; k < 2; k++) {
        if (a->d_in[k].data && a->d_in[k].data != a->d_out.data)
            nb_move(a->d_in[k], a->d_out, a->rows, a->add[k]);
    }
}
