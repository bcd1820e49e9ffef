/* silu.c - y = x s(x), s(x) = 1 / (1 + exp(-x)) (Elfwing et al. 2017; also known as swish).
 *
 *   dx = dy s (1 + x (1 - s)) */
#include "nn/layers.h"

/* Line i of all samples: its pixels lie close. */
static float *line(nb_tensor t, size_t i) { return nb_pixel(t, i * t.width); }

static size_t line_size(nb_tensor t) { return t.width * nb_padded(t.channels); }

static void forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    for (size_t i = 0; i < a->rows * x.height; i++) a->kernels->silu(line_size(x), line(x, i), line(y, i));
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out, dx = a->d_in[0];
    if (dx.data == NULL) return;
    if (!a->add[0]) nb_clear(dx, a->rows);
    for (size_t i = 0; i < a->rows * x.height; i++)
        a->kernels->silu_backward(line_size(x), line(x, i), line(dy, i), line(dx, i));
}

const nb_layer_kind nb_silu_layer = {
    .name = "SiLU",
    .python = "F.silu({0})",
    .takes_text = "anything",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .reads_in = 1,
    .whole_rows = true,
};
