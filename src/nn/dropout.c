/* dropout.c - in training y = x / (1 - p) where a draw is below 1 - p, and 0 elsewhere: Srivastava et al. 2014, as PyTorch draws
 * and divides; otherwise y = x.
 *
 *   dx = dy / (1 - p) in the same places */
#include "nn/layers.h"
#include "nn/order.h"

static void draw(const double *settings, nb_rng *rng, size_t n, float *out)
{
    const double keep = 1.0 - settings[0];
    if (keep < 1.0) nb_torch_bernoulli(rng, n, keep, out);
    for (size_t i = 0; i < n; i++) out[i] = keep < 1.0 ? out[i] / (float)keep : 1.0F;
}

/* to = from times what was drawn, or to += */
static void drop(const nb_layer_args *a, nb_tensor to, nb_tensor from, bool add)
{
    const size_t n = nb_padded(to.channels), numbers = to.height * to.width * to.channels;
    if (a->drawn == NULL) {
        nb_move(to, from, a->rows, add);
        return;
    }
    nb_tensor drawn = to;
    drawn.data = a->work;
    drawn.pixel = n;
    drawn.row = to.width * n;
    for (size_t s = 0; s < a->rows; s++) {
        nb_order_in(drawn, a->drawn + s * numbers, 0, 1, false);
        for (size_t i = 0; i < to.height * to.width; i++) {
            const float *m = nb_pixel(drawn, i), *p = nb_pixel(from, i);
            float *q = nb_pixel(to, i);
            for (size_t c = 0; c < n; c++) q[c] = add ? q[c] + p[c] * m[c] : p[c] * m[c];
        }
        to.data += to.sample;
        from.data += from.sample;
    }
}

static void forward(const nb_layer_args *a) { drop(a, a->out, a->in[0], false); }

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data) drop(a, a->d_in[0], a->d_out, a->add[0]);
}

static size_t work(const nb_layer_spec *s)
{
    return nb_mul(nb_mul(s->out.height, s->out.width), nb_padded(s->out.channels));
}

const nb_layer_kind nb_dropout_layer = {
    .name = "Dropout",
    .python = "F.dropout({0}, {p}, self.training)",
    .python_module = "nn.Dropout({p})",
    .takes_text = "any value",
    .settings = {{"p", 0, 0.999, 0.5, true, NULL}},
    .draw = draw,
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .work = work,
    .whole_rows = true,
};
