/* layer_norm.c - Ba et al. 2016, for each vector or token; RMSNorm (Zhang and Sennrich 2019), which leaves the mean out.
 *
 *   y = gamma (x - mean) r + beta,  r = 1 / sqrt(variance + eps), both over the features;  RMSNorm: mean = 0, no beta
 *   dx = r (gamma dy - mean(gamma dy) - n mean(gamma dy n)),  n = (x - mean) r;  RMSNorm: without the first mean
 *   dgamma = sum of dy n      dbeta = sum of dy, over the rows and tokens in order
 *
 * Sums in double, in the order of the features; backward finds mean and r anew, which costs less than to keep them. */
#include "nn/layers.h"

#include <math.h>

enum { FEATURES, EPS };

typedef struct stats {
    double mean, r;
} stats;

static stats stats_of(const nb_layer_args *a, const float *x, bool centred)
{
    const size_t n = a->out.channels;
    double sum = 0.0, squares = 0.0;
    for (size_t c = 0; centred && c < n; c++) sum += (double)x[c];
    const double mean = sum / (double)n;
    for (size_t c = 0; c < n; c++) squares += ((double)x[c] - mean) * ((double)x[c] - mean);
    return (stats){mean, 1.0 / sqrt(squares / (double)n + a->settings[EPS])};
}

static size_t rows_of(const nb_layer_args *a) { return a->rows * a->out.width; }

static void normalise(const nb_layer_args *a, bool centred)
{
    const size_t n = a->out.channels, padding = nb_padded(n) - n;
    for (size_t i = 0; i < rows_of(a); i++) {
        const float *x = nb_pixel(a->in[0], i);
        float *y = nb_pixel(a->out, i);
        const stats s = stats_of(a, x, centred);
        for (size_t c = 0; c < n; c++) {
            const float scaled = a->weight.data[c] * (float)(((double)x[c] - s.mean) * s.r);
            y[c] = a->bias ? scaled + a->bias[c] : scaled;
        }
        for (size_t c = 0; c < padding; c++) y[n + c] = 0.0F;
    }
}

/* The parameters are one row. */
static void sum_gradients(const nb_layer_args *a, bool centred)
{
    const size_t n = a->out.channels;
    if (a->first > 0) return;
    if (!a->accumulate) {
        memset(a->d_weight, 0, n * sizeof *a->d_weight);
        if (a->d_bias) memset(a->d_bias, 0, n * sizeof *a->d_bias);
    }
    for (size_t i = 0; i < rows_of(a); i++) {
        const float *x = nb_pixel(a->in[0], i), *dy = nb_pixel(a->d_out, i);
        const stats s = stats_of(a, x, centred);
        for (size_t c = 0; c < n; c++) a->d_weight[c] += dy[c] * (float)(((double)x[c] - s.mean) * s.r);
        for (size_t c = 0; a->d_bias && c < n; c++) a->d_bias[c] += dy[c];
    }
}

static void go_back(const nb_layer_args *a, bool centred)
{
    if (a->d_in[0].data == NULL) return;
    const size_t n = a->out.channels, padding = nb_padded(n) - n;
    for (size_t i = 0; i < rows_of(a); i++) {
        const float *x = nb_pixel(a->in[0], i), *dy = nb_pixel(a->d_out, i);
        float *dx = nb_pixel(a->d_in[0], i);
        const stats s = stats_of(a, x, centred);
        double level = 0.0, slope = 0.0;
        for (size_t c = 0; c < n; c++) {
            const double d = (double)a->weight.data[c] * (double)dy[c];
            level += d;
            slope += d * ((double)x[c] - s.mean) * s.r;
        }
        level = centred ? level / (double)n : 0.0;
        slope /= (double)n;
        for (size_t c = 0; c < n; c++) {
            const double d = (double)a->weight.data[c] * (double)dy[c];
            const float g = (float)(s.r * (d - level - ((double)x[c] - s.mean) * s.r * slope));
            dx[c] = a->add[0] ? dx[c] + g : g;
        }
        for (size_t c = 0; c < padding; c++) dx[n + c] = 0.0F;
    }
}

static void forward(const nb_layer_args *a) { normalise(a, true); }
static void gradient(const nb_layer_args *a) { sum_gradients(a, true); }
static void backward(const nb_layer_args *a) { go_back(a, true); }

static void rms_forward(const nb_layer_args *a) { normalise(a, false); }
static void rms_gradient(const nb_layer_args *a) { sum_gradients(a, false); }
static void rms_backward(const nb_layer_args *a) { go_back(a, false); }

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    const bool fits = in.axes == NB_FEATURES || in.axes == NB_TOKENS;
    return fits && in.channels == (size_t)s->settings[FEATURES] ? in : (nb_shape){0};
}

static nb_weight weight(const double *s)
{
    return (nb_weight){NB_PARAM_NORM, 1, 1, (size_t)s[FEATURES], 1, 0, true};
}

static nb_weight rms_weight(const double *s)
{
    return (nb_weight){NB_PARAM_NORM, 1, 1, (size_t)s[FEATURES], 1, 0, false};
}

const nb_layer_kind nb_layer_norm_layer = {
    .name = "LayerNorm",
    .takes_text = "(normalized_shape) or (tokens, normalized_shape)",
    .settings = {{"normalized_shape", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"eps", 0, 1, 1e-5, true, NULL}},
    .weight = weight,
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .shape = shape,
    .reads_in = 1,
    .whole_rows = true,
};

const nb_layer_kind nb_rms_norm_layer = {
    .name = "RMSNorm",
    .takes_text = "(normalized_shape) or (tokens, normalized_shape)",
    .settings = {{"normalized_shape", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"eps", 0, 1, 1.1920928955078125e-7, true, NULL}},
    .weight = rms_weight,
    .python_module = "RMSNorm({normalized_shape}, {eps})",
    .python_needs =
        "class RMSNorm(nn.Module):\n"
        "    def __init__(self, features, eps):\n"
        "        super().__init__()\n"
        "        self.weight, self.eps = nn.Parameter(torch.ones(features)), eps\n"
        "\n"
        "    def forward(self, x):\n"
        "        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.weight\n",
    .inputs = 1,
    .forward = rms_forward,
    .backward = rms_backward,
    .gradient = rms_gradient,
    .shape = shape,
    .reads_in = 1,
    .whole_rows = true,
};
