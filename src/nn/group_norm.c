/* group_norm.c - Wu and He 2018: the channels of each of 8 groups are normalised together.
 *
 *   y = gamma (x - mean) r + beta,  r = 1 / sqrt(variance + 1e-5), the variance being that of all n numbers of
 *   the group (biased, as PyTorch's);  dbeta = sum of dy,  dgamma = sum of dy (x - mean) r
 *   dx = r (gamma dy - mean(gamma dy) - (x - mean) r mean(gamma dy (x - mean) r))
 *
 * Sums run over the pixels of a row in float, by channel, and over rows and channels in double. A ReLU that
 * follows can be folded in: backward finds y's sign again, so that y itself may be overwritten. */
#include "nn/layer.h"

#include <math.h>

/* What forward and gradient leave in `saved`. */
typedef struct notes {
    float *mean, *r;       /* (NB_GROUPS) */
    float *sum_dy, *sum_c; /* (channels): of dy, and of dy (x - mean) */
} notes;

static notes notes_of(const nb_layer_args *a)
{
    float *s = a->saved;
    return (notes){s, s + NB_GROUPS, s + 2 * NB_GROUPS, s + 2 * NB_GROUPS + a->in[0].channels};
}

static void mean_of_groups(const nb_layer_args *a, notes s)
{
    const nb_tensor x = a->in[0];
    const size_t size = x.channels / NB_GROUPS;
    double sum[NB_GROUPS] = {0};
    float line[NB_MOST_CHANNELS];
    for (size_t i = 0; i < x.height; i++) {
        a->kernels->sum_rows(x.width, x.channels, x.data + i * x.row, x.pixel, false, line);
        for (size_t c = 0; c < x.channels; c++) sum[c / size] += (double)line[c];
    }
    const double n = (double)(size * x.height * x.width);
    for (size_t g = 0; g < NB_GROUPS; g++) s.mean[g] = (float)(sum[g] / n);
}

/* The rows of pixels below take the distance between pixels in x and in y or dy. */

/* line[c] = sum of (x - mean)^2 */
static void sum_squares(size_t width, size_t n, const float *restrict x, size_t pixel,
                        const float *restrict mean, float *restrict line)
{
    memset(line, 0, n * sizeof *line);
    for (size_t j = 0; j < width; j++, x += pixel) {
        for (size_t c = 0; c < n; c++) line[c] += (x[c] - mean[c]) * (x[c] - mean[c]);
    }
}

static void deviation_of_groups(const nb_layer_args *a, notes s)
{
    const nb_tensor x = a->in[0];
    const size_t size = x.channels / NB_GROUPS;
    double sum[NB_GROUPS] = {0};
    float line[NB_MOST_CHANNELS], mean[NB_MOST_CHANNELS];
    for (size_t c = 0; c < x.channels; c++) mean[c] = s.mean[c / size];
    for (size_t i = 0; i < x.height; i++) {
        sum_squares(x.width, x.channels, x.data + i * x.row, x.pixel, mean, line);
        for (size_t c = 0; c < x.channels; c++) sum[c / size] += (double)line[c];
    }
    const double n = (double)(size * x.height * x.width);
    for (size_t g = 0; g < NB_GROUPS; g++) s.r[g] = (float)(1.0 / sqrt(sum[g] / n + 1e-5));
}

/* y = (x - mean) scale + beta, scale = gamma r. */
typedef struct channel_terms {
    float mean[NB_MOST_CHANNELS], scale[NB_MOST_CHANNELS], beta[NB_MOST_CHANNELS];
} channel_terms;

static void find_terms(const nb_layer_args *a, notes s, channel_terms *k)
{
    const size_t size = a->in[0].channels / NB_GROUPS;
    for (size_t c = 0; c < a->in[0].channels; c++) {
        k->mean[c] = s.mean[c / size];
        k->scale[c] = a->weight.data[c] * s.r[c / size];
        k->beta[c] = a->bias[c];
    }
}

static inline void scale_row(size_t width, size_t n, const float *restrict x, size_t x_pixel,
                             float *restrict y, size_t y_pixel, const channel_terms *restrict k,
                             const bool relu)
{
    for (size_t j = 0; j < width; j++, x += x_pixel, y += y_pixel) {
        for (size_t c = 0; c < n; c++) {
            const float v = (x[c] - k->mean[c]) * k->scale[c] + k->beta[c];
            y[c] = relu && v <= 0.0F ? 0.0F : v; /* NaN stays */
        }
    }
}

static inline void forward(const nb_layer_args *a, const bool relu)
{
    const nb_tensor x = a->in[0], y = a->out;
    const notes s = notes_of(a);
    mean_of_groups(a, s);
    deviation_of_groups(a, s);
    channel_terms k;
    find_terms(a, s, &k);
    for (size_t i = 0; i < x.height; i++)
        scale_row(x.width, x.channels, x.data + i * x.row, x.pixel, y.data + i * y.row, y.pixel, &k, relu);
}

void nb_group_norm_forward(const nb_layer_args *a) { forward(a, false); }

void nb_group_norm_relu_forward(const nb_layer_args *a) { forward(a, true); }

/* sum_dy[c] and sum_c[c] of one row; with a ReLU, dy is first set to 0 where y is. */
static inline void sum_row(size_t width, size_t n, const float *restrict x, size_t x_pixel,
                           float *restrict dy, size_t dy_pixel, const channel_terms *restrict k,
                           float *restrict sum_dy, float *restrict sum_c, const bool relu)
{
    memset(sum_dy, 0, n * sizeof *sum_dy);
    memset(sum_c, 0, n * sizeof *sum_c);
    for (size_t j = 0; j < width; j++, x += x_pixel, dy += dy_pixel) {
        for (size_t c = 0; c < n; c++) {
            const float centred = x[c] - k->mean[c], given = dy[c]; /* read in any case: else no vectors */
            const float kept = relu && centred * k->scale[c] + k->beta[c] <= 0.0F ? 0.0F : given;
            dy[c] = kept;
            sum_dy[c] += kept;
            sum_c[c] += kept * centred;
        }
    }
}

static inline void gradient(const nb_layer_args *a, const bool relu)
{
    const nb_tensor x = a->in[0], dy = a->d_out;
    const size_t size = x.channels / NB_GROUPS;
    const notes s = notes_of(a);
    channel_terms k;
    find_terms(a, s, &k);
    float row_dy[NB_MOST_CHANNELS], row_c[NB_MOST_CHANNELS];
    memset(s.sum_dy, 0, x.channels * sizeof(float));
    memset(s.sum_c, 0, x.channels * sizeof(float));
    for (size_t i = 0; i < x.height; i++) {
        sum_row(x.width, x.channels, x.data + i * x.row, x.pixel, dy.data + i * dy.row, dy.pixel, &k, row_dy,
                row_c, relu);
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

void nb_group_norm_gradient(const nb_layer_args *a) { gradient(a, false); }

void nb_group_norm_relu_gradient(const nb_layer_args *a) { gradient(a, true); }

typedef struct slopes {
    float slope[NB_MOST_CHANNELS], level[NB_MOST_CHANNELS];
} slopes;

static void find_slopes(const nb_layer_args *a, notes s, const channel_terms *k, slopes *v)
{
    const nb_tensor x = a->in[0];
    const size_t size = x.channels / NB_GROUPS;
    const double n = (double)(size * x.height * x.width);
    double dy_all[NB_GROUPS] = {0}, c_all[NB_GROUPS] = {0};
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

/* dx (+)= dy scale - (x - mean) slope - level */
static inline void backward_row(const nb_layer_args *a, size_t i, const channel_terms *restrict k,
                                const slopes *restrict v, const bool add)
{
    const nb_tensor x = a->in[0], dy = a->d_out, dx = a->d_in[0];
    const float *p = x.data + i * x.row, *q = dy.data + i * dy.row;
    float *restrict d = dx.data + i * dx.row;
    for (size_t j = 0; j < x.width; j++, p += x.pixel, q += dy.pixel, d += dx.pixel) {
        for (size_t c = 0; c < x.channels; c++) {
            const float g = q[c] * k->scale[c] - (p[c] - k->mean[c]) * v->slope[c] - v->level[c];
            d[c] = add ? d[c] + g : g;
        }
    }
}

/* Runs after gradient, whose sums it needs. */
void nb_group_norm_backward(const nb_layer_args *a)
{
    if (a->d_in[0].data == NULL) return;
    const notes s = notes_of(a);
    channel_terms k;
    find_terms(a, s, &k);
    slopes v;
    find_slopes(a, s, &k, &v);
    for (size_t i = 0; i < a->in[0].height; i++) {
        if (a->add[0])
            backward_row(a, i, &k, &v, true);
        else
            backward_row(a, i, &k, &v, false);
    }
}
