/* silu.c - y = x s(x), s(x) = 1 / (1 + exp(-x)) (Elfwing et al. 2017; also known as swish).
 *
 *   dx = dy s (1 + x (1 - s)) */
#include "base/math.h"
#include "nn/layers.h"

static void make(size_t n, const float *restrict x, float *restrict y)
{
    for (size_t k = 0; k < n; k++) y[k] = (float)((double)x[k] / (1.0 + nb_exp_in_loops(-(double)x[k])));
}

static void add_gradient(size_t n, const float *restrict x, const float *restrict dy, float *restrict dx)
{
    for (size_t k = 0; k < n; k++) {
        const double v = (double)x[k], s = 1.0 / (1.0 + nb_exp_in_loops(-v));
        dx[k] += (float)((double)dy[k] * (s * (1.0 + v * (1.0 - s))));
    }
}

/* Line i of all samples: its pixels lie close. */
static float *line(nb_tensor t, size_t i) { return nb_pixel(t, i * t.width); }

static void forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    for (size_t i = 0; i < a->rows * x.height; i++)
        make(x.width * nb_padded(x.channels), line(x, i), line(y, i));
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out, dx = a->d_in[0];
    if (dx.data == NULL) return;
    if (!a->add[0]) nb_clear(dx, a->rows);
    for (size_t i = 0; i < a->rows * x.height; i++)
        add_gradient(x.width * nb_padded(x.channels), line(x, i), line(dy, i), line(dx, i));
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
