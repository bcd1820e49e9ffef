/* group_norm.c - Wu and He 2018: the channels of each group are normalised together.
 *
 *   y = gamma (x - mean) r + beta,  r = 1 / sqrt(variance + eps), the variance being that of all n numbers of
 *   the group (biased, as PyTorch's);  dbeta = sum of dy,  dgamma = sum of dy (x - mean) r
 *   dx = r (gamma dy - mean(gamma dy) - (x - mean) r mean(gamma dy (x - mean) r))
 *
 * Sums run over the pixels of a row in float, by channel, and over rows and channels in double. A ReLU that
 * follows can be folded in: backward finds y's sign again, so that y itself may be overwritten. */
#include "nn/layers.h"

#include <math.h>

enum { GROUPS, CHANNELS, EPS, MOST_GROUPS = 64 };

static size_t groups_of(const nb_layer_args *a) { return (size_t)a->settings[GROUPS]; }

/* What forward and gradient leave in `saved`. */
typedef struct saved {
    float *mean, *r;       /* (groups) */
    float *sum_dy, *sum_c; /* (channels): of dy, and of dy (x - mean) */
} saved;

static saved saved_by(const nb_layer_args *a)
{
    const size_t groups = groups_of(a);
    float *s = a->saved;
    return (saved){s, s + groups, s + 2 * groups, s + 2 * groups + a->in[0].channels};
}

/* A row's sums by channel, to those of the groups. No division: rows are many. */
static void add_to_groups(double *sum, size_t groups, const float *line, size_t size)
{
    for (size_t g = 0; g < groups; g++, line += size) {
        for (size_t c = 0; c < size; c++) sum[g] += (double)line[c];
    }
}

static void mean_of_groups(const nb_layer_args *a, saved s)
{
    const nb_tensor x = a->in[0];
    const size_t groups = groups_of(a), size = x.channels / groups;
    double sum[MOST_GROUPS] = {0};
    float line[NB_MOST_CHANNELS];
    for (size_t i = 0; i < x.height; i++) {
        a->kernels->sum_rows(x.width, x.channels, x.data + i * x.row, x.pixel, false, line);
        add_to_groups(sum, groups, line, size);
    }
    const double n = (double)(size * x.height * x.width);
    for (size_t g = 0; g < groups; g++) s.mean[g] = (float)(sum[g] / n);
}

static void deviation_of_groups(const nb_layer_args *a, saved s)
{
    const nb_tensor x = a->in[0];
    const size_t groups = groups_of(a), size = x.channels / groups;
    double sum[MOST_GROUPS] = {0};
    float line[NB_MOST_CHANNELS], mean[NB_MOST_CHANNELS];
    for (size_t c = 0; c < x.channels; c++) mean[c] = s.mean[c / size];
    for (size_t i = 0; i < x.height; i++) {
        a->kernels->sum_squares(x.width, x.channels, x.data + i * x.row, x.pixel, mean, line);
        add_to_groups(sum, groups, line, size);
    }
    const double n = (double)(size * x.height * x.width);
    for (size_t g = 0; g < groups; g++) s.r[g] = (float)(1.0 / sqrt(sum[g] / n + a->settings[EPS]));
}

/* y = (x - mean) scale + beta, scale = gamma r. */
typedef struct channel_terms {
    float mean[NB_MOST_CHANNELS], scale[NB_MOST_CHANNELS], beta[NB_MOST_CHANNELS];
} channel_terms;

static void find_terms(const nb_layer_args *a, saved s, channel_terms *k)
{
    const size_t size = a->in[0].channels / groups_of(a);
    for (size_t c = 0; c < a->in[0].channels; c++) {
        k->mean[c] = s.mean[c / size];
        k->scale[c] = a->weight.data[c] * s.r[c / size];
        k->beta[c] = a->bias[c];
    }
}

/* Row i of x, and how it is normalised. */
static nb_norm norm_of_row(const nb_layer_args *a, size_t i, const channel_terms *k, bool relu)
{
    const nb_tensor x = a->in[0];
    return (nb_norm){.pixels = x.width,
                     .channels = x.channels,
                     .x = x.data + i * x.row,
                     .x_pixel = x.pixel,
                     .mean = k->mean,
                     .scale = k->scale,
                     .beta = k->beta,
                     .relu = relu};
}

static void forward(const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    const saved s = saved_by(a);
    mean_of_groups(a, s);
    deviation_of_groups(a, s);
    channel_terms k;
    find_terms(a, s, &k);
    const bool vector = a->plus.height == 1 && a->plus.width == 1;
    for (size_t i = 0; i < y.height; i++) {
        nb_norm row = norm_of_row(a, i, &k, a->relu);
        if (a->plus.data) row.plus = a->plus.data + (vector ? 0 : i * a->plus.row);
        row.plus_pixel = vector ? 0 : a->plus.pixel;
        a->kernels->norm(&row, y.data + i * y.row, y.pixel);
    }
}

static void gradient(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out;
    const size_t groups = groups_of(a), size = x.channels / groups;
    const saved s = saved_by(a);
    channel_terms k;
    find_terms(a, s, &k);
    float row_dy[NB_MOST_CHANNELS], row_c[NB_MOST_CHANNELS];
    memset(s.sum_dy, 0, x.channels * sizeof(float));
    memset(s.sum_c, 0, x.channels * sizeof(float));
    for (size_t i = 0; i < x.height; i++) {
        const nb_norm row = norm_of_row(a, i, &k, a->relu);
        a->kernels->norm_gradient(&row, dy.data + i * dy.row, dy.pixel, row_dy, row_c);
        for (size_t c = 0; c < x.channels; c++) {
            s.sum_dy[c] += row_dy[c];
            s.sum_c[c] += row_c[c];
        }
    }
    for (size_t c = 0; c < x.channels; c++) {
        /* size is set: the analyzer loses it in the loops. NOLINTNEXTLINE(clang-analyzer-core.*) */
        const float d_gamma = s.sum_c[c] * s.r[c / size];
        a->d_weight[c] = a->accumulate ? a->d_weight[c] + d_gamma : d_gamma;
        a->d_bias[c] = a->accumulate ? a->d_bias[c] + s.sum_dy[c] : s.sum_dy[c];
    }
}

typedef struct slopes {
    float slope[NB_MOST_CHANNELS], level[NB_MOST_CHANNELS];
} slopes;

static void find_slopes(const nb_layer_args *a, saved s, const channel_terms *k, slopes *v)
{
    const nb_tensor x = a->in[0];
    const size_t groups = groups_of(a), size = x.channels / groups;
    const double n = (double)(size * x.height * x.width);
    double dy_all[MOST_GROUPS] = {0}, c_all[MOST_GROUPS] = {0};
    for (size_t c = 0; c < x.channels; c++) {
        dy_all[c / size] += (double)k->scale[c] * (double)s.sum_dy[c];
        c_all[c / size] += (double)k->scale[c] * (double)s.sum_c[c];
    }
    for (size_t c = 0; c < x.channels; c++) {
        const double r = (double)s.r[c / size];
        v->level[c] = (float)(dy_all[c / size] / n);
        v->slope[c] = (float)(c_all[c / size] / n * r * r);
    }
}

/* Runs after gradient, whose sums it needs. */
static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data == NULL) return;
    const saved s = saved_by(a);
    channel_terms k;
    find_terms(a, s, &k);
    slopes v;
    find_slopes(a, s, &k, &v);
    const nb_tensor dy = a->d_out, dx = a->d_in[0];
    for (size_t i = 0; i < dx.height; i++) {
        const nb_norm row = norm_of_row(a, i, &k, false);
        a->kernels->norm_backward(&row, dy.data + i * dy.row, dy.pixel, v.slope, v.level, a->add[0],
                                  dx.data + i * dx.row, dx.pixel);
    }
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    const size_t groups = (size_t)s->settings[GROUPS];
    const bool fits = (in.axes == NB_IMAGE || in.axes == NB_SERIES) && in.channels == s->weight_out &&
                      s->weight_out % groups == 0;
    return fits ? in : (nb_shape){0};
}

static nb_weight weight(const double *s)
{
    return (nb_weight){NB_PARAM_NORM, 1, 1, (size_t)s[CHANNELS], 1, 0, true};
}

/* Mean and 1/deviation of each group, two sums of each channel. */
static size_t floats_saved(const nb_layer_spec *s)
{
    return nb_add(2 * (size_t)s->settings[GROUPS], nb_mul(2, s->in[0].channels));
}

const nb_layer_kind nb_group_norm_layer = {
    .name = "GroupNorm",
    .takes_text = "(num_channels, height, width) or (num_channels, length), in num_groups equal groups",
    .settings = {{"num_groups", 1, MOST_GROUPS, NAN, false, NULL},
                 {"num_channels", 1, NB_MOST_CHANNELS, NAN, false, NULL},
                 {"eps", 0, 1, 1e-5, true, NULL}},
    .weight = weight,
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .shape = shape,
    .saved = floats_saved,
    .reads_in = 1,
    .takes = NB_FOLD_RELU | NB_FOLD_PLUS,
};
