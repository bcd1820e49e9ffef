/* plain_layers.h - the layers written down again as their definitions read, in double, on one sample (channels, height,
 * width): what forward is compared with. */
#ifndef NB_TESTS_PLAIN_LAYERS_H
#define NB_TESTS_PLAIN_LAYERS_H

#include "check.h"

typedef struct picture {
    size_t channels, height, width;
    double v[2400]; /* 24 of 10x10 */
} picture;

static inline size_t plane(const picture *p) { return p->height * p->width; }

/* 0 outside. */
static inline double pixel_at(const picture *p, size_t c, size_t i, size_t j)
{
    return i < p->height && j < p->width ? p->v[(c * p->height + i) * p->width + j] : 0.0;
}

/* nn.Conv2d, weight (out, in, side, side), padding side / 2; a linear layer is one of 1x1. */
static inline picture plain_conv(const picture *x, size_t out, size_t side, const float *w, const float *b)
{
    picture y = {out, x->height, x->width, {0}};
    for (size_t k = 0; k < out * plane(x); k++) {
        const size_t o = k / plane(x), i = k % plane(x) / x->width, j = k % x->width;
        y.v[k] = (double)b[o];
        for (size_t c = 0; c < x->channels; c++) {
            for (size_t d = 0; d < side * side; d++)
                y.v[k] += (double)w[(o * x->channels + c) * side * side + d] *
                          pixel_at(x, c, i + d / side - side / 2, j + d % side - side / 2);
        }
    }
    return y;
}

/* nn.ConvTranspose2d, weight (in, out, 3, 3), stride 1, padding 1: each pixel is spread over its neighbours. */
static inline picture plain_conv_transpose(const picture *x, size_t out, const float *w, const float *b)
{
    picture y = {out, x->height, x->width, {0}};
    for (size_t k = 0; k < out * plane(x); k++) y.v[k] = (double)b[k / plane(x)];
    for (size_t k = 0; k < x->channels * plane(x); k++) {
        const size_t c = k / plane(x), i = k % plane(x) / x->width, j = k % x->width;
        for (size_t o = 0; o < out; o++) {
            for (size_t d = 0; d < 9; d++) {
                const size_t to_i = i + d / 3 - 1, to_j = j + d % 3 - 1;
                if (to_i < x->height && to_j < x->width)
                    y.v[(o * x->height + to_i) * x->width + to_j] +=
                        x->v[k] * (double)w[(c * out + o) * 9 + d];
            }
        }
    }
    return y;
}

/* nn.GroupNorm(8, channels) */
static inline picture plain_group_norm(const picture *x, const float *gamma, const float *beta)
{
    picture y = *x;
    const size_t n = x->channels / 8 * plane(x);
    for (size_t g = 0; g < 8; g++) {
        double mean = 0.0, variance = 0.0;
        for (size_t k = g * n; k < (g + 1) * n; k++) mean += x->v[k] / (double)n;
        for (size_t k = g * n; k < (g + 1) * n; k++) variance += pow(x->v[k] - mean, 2.0) / (double)n;
        for (size_t k = g * n; k < (g + 1) * n; k++)
            y.v[k] = (x->v[k] - mean) / sqrt(variance + 1e-5) * (double)gamma[k / plane(x)] +
                     (double)beta[k / plane(x)];
    }
    return y;
}

static inline picture plain_relu(const picture *x)
{
    picture y = *x;
    for (size_t k = 0; k < x->channels * plane(x); k++) y.v[k] = fmax(x->v[k], 0.0);
    return y;
}

static inline picture plain_silu(const picture *x)
{
    picture y = *x;
    for (size_t k = 0; k < x->channels * plane(x); k++) y.v[k] = x->v[k] / (1.0 + exp(-x->v[k]));
    return y;
}

static inline picture plain_max_pool(const picture *x)
{
    picture y = {x->channels, x->height / 2, x->width / 2, {0}};
    for (size_t k = 0; k < y.channels * plane(&y); k++) {
        const size_t c = k / plane(&y), i = 2 * (k % plane(&y) / y.width), j = 2 * (k % y.width);
        y.v[k] = fmax(fmax(pixel_at(x, c, i, j), pixel_at(x, c, i, j + 1)),
                      fmax(pixel_at(x, c, i + 1, j), pixel_at(x, c, i + 1, j + 1)));
    }
    return y;
}

/* nn.Upsample(2, bilinear, align_corners = false): output pixel i lies at (i + 1/2) / 2 - 1/2, kept inside. */
static inline picture plain_upsample(const picture *x)
{
    picture y = {x->channels, 2 * x->height, 2 * x->width, {0}};
    for (size_t k = 0; k < y.channels * plane(&y); k++) {
        const double at_i = fmax(((double)(k % plane(&y) / y.width) + 0.5) / 2.0 - 0.5, 0.0);
        const double at_j = fmax(((double)(k % y.width) + 0.5) / 2.0 - 0.5, 0.0);
        const size_t c = k / plane(&y), i = (size_t)at_i, j = (size_t)at_j;
        const size_t below = i + 1 < x->height ? i + 1 : i, right = j + 1 < x->width ? j + 1 : j;
        const double u = at_i - (double)i, v = at_j - (double)j;
        y.v[k] = (1.0 - u) * ((1.0 - v) * pixel_at(x, c, i, j) + v * pixel_at(x, c, i, right)) +
                 u * ((1.0 - v) * pixel_at(x, c, below, j) + v * pixel_at(x, c, below, right));
    }
    return y;
}

static inline picture plain_concat(const picture *a, const picture *b)
{
    picture y = *a;
    y.channels += b->channels;
    memcpy(y.v + a->channels * plane(a), b->v, b->channels * plane(b) * sizeof *y.v);
    return y;
}

static inline picture plain_add(const picture *a, const picture *b)
{
    picture y = *a;
    for (size_t k = 0; k < a->channels * plane(a); k++) y.v[k] += b->v[k];
    return y;
}

/* The same vector at every pixel: scale v + shift, shift being NULL for 0. */
static inline picture plain_add_channels(const picture *x, double scale, const float *v, const float *shift)
{
    picture y = *x;
    for (size_t k = 0; k < x->channels * plane(x); k++) {
        const size_t c = k / plane(x);
        y.v[k] += scale * (double)v[c] + (shift ? (double)shift[c] : 0.0);
    }
    return y;
}

/* softmax(q^T k / sqrt(channels)) v over the pixels; x = [q, k, v]. */
static inline picture plain_attention(const picture *x)
{
    picture y = {x->channels / 3, x->height, x->width, {0}};
    const size_t n = plane(x), all = y.channels * n;
    for (size_t i = 0; i < n; i++) {
        double weight[64], sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            double dot = 0.0;
            for (size_t c = 0; c < y.channels; c++) dot += x->v[c * n + i] * x->v[all + c * n + j];
            sum += weight[j] = exp(dot / sqrt((double)y.channels));
        }
        for (size_t k = 0; k < all; k++) {
            if (k % n == i)
                for (size_t j = 0; j < n; j++) y.v[k] += weight[j] / sum * x->v[2 * all + k / n * n + j];
        }
    }
    return y;
}

#endif
