/* sinusoidal.c - y = [sin(t f_0), .., cos(t f_0), ..], f_i = 10000^(-i / half): Vaswani et al. 2017, in the
 * order and with the roundings of the course. A t that is not finite, or beyond 1e5, gives NaN.
 *
 *   dt = sum over i of f_i (dsin_i cos_i - dcos_i sin_i), in double */
#include "base/math.h"
#include "nn/layers.h"

#include <math.h>

static float frequency_of(size_t i, size_t half)
{
    const float minus_log = (float)-nb_log(10000.0);
    return (float)nb_exp((double)(minus_log * (float)i / (float)half));
}

/* Row s is that of t[s step], or of s where t is NULL. */
static void fill(nb_tensor y, size_t rows, size_t apart, const float *t, size_t step)
{
    const size_t half = y.channels / 2;
    for (size_t i = 0; i < half; i++) {
        const float frequency = frequency_of(i, half);
        for (size_t s = 0; s < rows; s++) {
            const double angle = (double)((t ? t[s * step] : (float)s) * frequency);
            double sine = (double)NAN, cosine = (double)NAN;
            if (fabs(angle) <= 1e5) nb_sincos(angle, &sine, &cosine);
            y.data[s * apart + i] = (float)sine;
            y.data[s * apart + half + i] = (float)cosine;
        }
    }
}

static void forward(const nb_layer_args *a)
{
    nb_clear(a->out, a->rows);
    fill(a->out, a->rows, a->out.sample, a->in[0].data, a->in[0].sample);
}

/* Of a t that is computed; that which comes in has no gradient. */
static void backward(const nb_layer_args *a)
{
    const nb_tensor dt = a->d_in[0], y = a->out, dy = a->d_out;
    const size_t half = y.channels / 2;
    for (size_t s = 0; dt.data && s < a->rows; s++) {
        const float *sine = y.data + s * y.sample, *d = dy.data + s * dy.sample;
        double sum = 0.0;
        for (size_t i = 0; i < half; i++)
            sum += (double)frequency_of(i, half) *
                   ((double)d[i] * (double)sine[half + i] - (double)d[half + i] * (double)sine[i]);
        float *to = dt.data + s * dt.sample;
        if (!a->add[0]) memset(to, 0, nb_padded(1) * sizeof *to);
        *to += (float)sum;
    }
}

static nb_shape shape(const nb_layer_spec *s)
{
    const size_t features = (size_t)s->settings[0];
    return features % 2 == 0 && s->in[0].axes == NB_FEATURES && s->in[0].channels == 1
               ? (nb_shape){1, 1, features, NB_FEATURES}
               : (nb_shape){0};
}

const nb_layer_kind nb_sinusoidal_layer = {
    .name = "sinusoidal",
    .python = "Sinusoidal({features})({0})",
    .python_module = "Sinusoidal({features})",
    .python_needs = "class Sinusoidal(nn.Module):\n"
                    "    def __init__(self, features):\n"
                    "        super().__init__()\n"
                    "        self.half = features // 2\n"
                    "\n"
                    "    def forward(self, t):\n"
                    "        i = torch.arange(self.half, device=t.device, dtype=torch.float32)\n"
                    "        angles = t.float() * torch.exp(-math.log(10000.0) * i / self.half)\n"
                    "        return torch.cat([angles.sin(), angles.cos()], 1)\n",
    .takes_text = "t, for an even number of features",
    .settings = {{"features", 2, NB_MOST_FEATURES, NAN, false, NULL}},
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .reads_out = true,
};

/* The same of 0, 1, ...: where a token stands. */
static void forward_positions(const nb_layer_args *a)
{
    nb_clear(a->out, a->rows);
    fill(a->out, a->out.width, a->out.pixel, NULL, 0);
}

static nb_shape shape_of_positions(const nb_layer_spec *s)
{
    const size_t tokens = (size_t)s->settings[0], features = (size_t)s->settings[1];
    return features % 2 == 0 ? (nb_shape){1, tokens, features, NB_TOKENS} : (nb_shape){0};
}

const nb_layer_kind nb_positions_layer = {
    .name = "positions",
    .python = "positions({tokens}, {features})",
    .python_needs = "def positions(tokens, features):\n"
                    "    half = features // 2\n"
                    "    frequencies = torch.exp(-math.log(10000.0) * torch.arange(half) / half)\n"
                    "    angles = torch.arange(tokens)[:, None] * frequencies\n"
                    "    return torch.cat([angles.sin(), angles.cos()], 1)\n",
    .takes_text = "nothing, for an even number of features",
    .settings = {{"tokens", 1, 65536, NAN, false, NULL}, {"features", 2, NB_MOST_FEATURES, NAN, false, NULL}},
    .forward = forward_positions,
    .shape = shape_of_positions,
};
