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

static void deviation_of_groups(const nb_layer_args *a, notes s)
{
    const nb_tensor x = a->in[0];
    const size_t size = x.channels / NB_GROUPS;
    double sum[NB_GROUPS] = {0};
    float line[NB_MOST_CHANNELS], mean[NB_MOST_CHANNELS];
    for (size_t c = 0; c < x.channels; c++) mean[c] = s.mean[c / size];
    for (size_t i = 0; i < x.height; i++) {
        memset(line, 0, x.channels * sizeof *line);
        for (size_t j = 0; j < x.width; j++) {
            const float *p = x.data + i * x.row + j * x.pixel;
            for (size_t c = 0; c < x.channels; c++) line[c] += (p[c] - mean[c]) * (p[c] - mean[c]);
        }
        for (size_t c = 0; c < x.channels; c++) sum[c / size] += (double)line[c];
    }
    const double n = (double)(size * x.height * x.width);
    for (size_t g = 0; g < NB_GROUPS; g++) s.r[g] = (float)(1.0 / sqrt(sum[g] / n + 1e-5));
}

/* mean and gamma r of every channel: y = (x - mean) scale + beta. */
static void scales(const nb_layer_args *a, notes s, float *mean, float *scale)
{
    const size_t size = a->in[0].channels / NB_GROUPS;
    for (size_t c = 0; c < a->in[0].channels; c++) {
        mean[c] = s.mean[c / size];
        scale[c] = a->weight.data[c] * s.r[c / size];
    }
}

static void forward(const nb_layer_args *a, const bool relu)
{
    const nb_tensor x = a->in[0], y = a->out;
    const notes s = notes_of(a);
    float mean[NB_MOST_CHANNELS], scale[NB_MOST_CHANNELS];
    mean_of_groups(a, s);
    deviation_of_groups(a, s);
    scales(a, s, mean, scale);
    for (size_t i = 0; i < x.height; i++) {
        for (size_t j = 0; j < x.width; j++) {
            const float *p = x.data + i * x.row + j * x.pixel;
            float *q = y.data + i * y.row + j * y.pixel;
            for (size_t c = 0; c < x.channels; c++) {
                const float v = (p[c] - mean[c]) * scale[c] + a->bias[c];
                q[c] = relu && v <= 0.0F ? 0.0F : v; /* NaN stays */
            }
        }
    }
}

void nb_group_norm_forward(const nb_layer_args *a)
{
    forward(a, false);
}

void nb_group_norm_relu_forward(const nb_layer_args *a)
{
    forward(a, true);
}

/* One row's part of the sums; with a ReLU, dy is first set to 0 where y is. */
static void sum_line(const nb_layer_args *a, size_t i, const float *mean, const float *scale, bool relu,
                     float *sum_dy, float *sum_c)
{
    const nb_tensor x = a->in[0], dy = a->d_out;
    memset(sum_dy, 0, x.channels * sizeof *sum_dy);
    memset(sum_c, 0, x.channels * sizeof *sum_c);
    for (size_t j = 0; j < x.width; j++) {
        const float *p = x.data + i * x.row + j * x.pixel;
        float *d = dy.data + i * dy.row + j * dy.pixel;
        for (size_t c = 0; c < x.channels; c++) {
            const float centred = p[c] - mean[c];
            const float kept = relu && centred * scale[c] + a->bias[c] <= 0.0F ? 0.0F : d[c];
            d[c] = kept;
            sum_dy[c] += kept;
            sum_c[c] += kept * centred;
        }
    }
}

static void gradient(const nb_layer_args *a, bool relu)
{
    const nb_tensor x = a->in[0];
    const size_t size = x.channels / NB_GROUPS;
    const notes s = notes_of(a);
    float mean[NB_MOST_CHANNELS], scale[NB_MOST_CHANNELS];
    float line_dy[NB_MOST_CHANNELS], line_c[NB_MOST_CHANNELS];
    scales(a, s, mean, scale);
    memset(s.sum_dy, 0, x.channels * sizeof(float));
    memset(s.sum_c, 0, x.channels * sizeof(float));
    for (size_t i = 0; i < x.height; i++) {
        sum_line(a, i, mean, scale, relu, line_dy, line_c);
        for (size_t c = 0; c < x.channels; c++) {
            s.sum_dy[c] += line_dy[c];
            s.sum_c[c] += line_c[c];
        }
    }
    for (size_t c = 0; c < x.channels; c++) {
        const float d_gamma = s.sum_c[c] * s.r[c / size];
        a->d_weight[c] = a->accumulate ? a->d_weight[c] + d_gamma : d_gamma;
        a->d_bias[c] = a->accumulate ? a->d_bias[c] + s.sum_dy[c] : s.sum_dy[c];
    }
}

void nb_group_norm_gradient(const nb_layer_args *a)
{
    gradient(a, false);
}

void nb_group_norm_relu_gradient(const nb_layer_args *a)
{
    gradient(a, true);
}

/* Runs after gradient, whose sums it needs: dx = dy scale - (x - mean) slope - level. */
void nb_group_norm_backward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out, dx = a->d_in[0];
    if (dx.data == NULL) return;
    const size_t size = x.channels / NB_GROUPS;
    const double n = (double)(size * x.height * x.width);
    const notes s = notes_of(a);
    float mean[NB_MOST_CHANNELS], scale[NB_MOST_CHANNELS], slope[NB_MOST_CHANNELS], level[NB_MOST_CHANNELS];
    double dy_all[NB_GROUPS] = {0}, c_all[NB_GROUPS] = {0};
    scales(a, s, mean, scale);
    for (size_t c = 0; c < x.channels; c++) {
        dy_all[c / size] += (double)scale[c] * (double)s.sum_dy[c];
        c_all[c / size] += (double)scale[c] * (double)s.sum_c[c];
    }
    for (size_t c = 0; c < x.channels; c++) {
        const double r = (double)s.r[c / size];
        level[c] = (float)(dy_all[c / size] / n);
        slope[c] = (float)(c_all[c / size] / n * r * r);
    }
    for (size_t i = 0; i < x.height; i++) {
        for (size_t j = 0; j < x.width; j++) {
            const float *p = x.data + i * x.row + j * x.pixel, *q = dy.data + i * dy.row + j * dy.pixel;
            float *d = dx.data + i * dx.row + j * dx.pixel;
            for (size_t c = 0; c < x.channels; c++) {
                const float v = q[c] * scale[c] - (p[c] - mean[c]) * slope[c] - level[c];
                d[c] = a->add[0] ? d[c] + v : v;
            }
        }
    }
}
