/* kernels.h - the hot loops, as a table of functions for one instruction set.
 *
 * Every variant is compiled from the one body.h and gives the same bits: vectors run over output columns, a
 * sum over k or over rows is taken in order, and a product is rounded before it is added (but in the GEMMs
 * and Winograd transforms of fast mode's variants).
 *
 * Matrices are row-major. Their rows start a whole number of NB_PAD floats apart and kernels work on columns
 * in groups of NB_PAD, so the columns between a matrix's width and the next multiple are read and written:
 * they must exist. Where the inputs' padding is zero the output's is too. What has no columns (n numbers of relu, silu, adam and
 * Winograd's weights) is a whole number of NB_PAD. */
#ifndef NB_KERNELS_H
#define NB_KERNELS_H

#include "base/size.h"

#include <stdbool.h>
#include <stddef.h>

#define NB_PAD ((size_t)4)

static inline size_t nb_padded(size_t columns) { return nb_round_up(columns, NB_PAD); }

/* Floats from row to row. From 96 columns on an odd number of cache lines: then the rows of a panel do not compete for
 * the same few sets of the cache, as they would at a power of two. Narrower rows lie close: there are too few of them in a
 * panel to compete, and of a U-Net's weights, which do not fit the second-level cache, less is to be read. */
static inline size_t nb_stride(size_t columns)
{
    if (columns < 96) return nb_padded(columns);
    if (columns > NB_TOO_LARGE - 32) return NB_TOO_LARGE;
    return ((columns + 15) / 16 | 1) * 16;
}

/* c[m][n] = (start + sum over k of a[m][k] * b[k][n]) + bias[n], where start is c[m][n] or 0. The bias comes last,
 * as in PyTorch: a pre-activation near zero should fall on the same side of it. */
typedef struct nb_gemm {
    size_t m, n, k;
    const float *a;
    size_t a_row;
    bool transposed; /* A lies transposed: a[m][k] is at a[k * a_row + m] */
    const float *b;
    size_t b_row;
    float *c;
    size_t c_row;
    const float *bias; /* (n), or NULL */
    bool accumulate;   /* start from c */
} nb_gemm;

/* A row of 4x4 blocks of an image, and the 36 numbers that Winograd's transforms (nn/winograd.c) give each block and
 * channel: number p of block i starts at points + p point + i block. */
typedef struct nb_blocks {
    size_t count, channels;
    float *image;      /* the first block's first pixel */
    size_t pixel, row; /* floats from one to the next */
    float *points;
    size_t block, point;
    const float *bias; /* (channels), or NULL; added to the output */
    bool add;          /* the output is added to what is there */
} nb_blocks;

/* A row of pixels that is normalised: y = (x - mean) scale + beta, and max(y, 0) with a ReLU; then y + plus. */
typedef struct nb_norm {
    size_t pixels, channels;
    const float *x;
    size_t x_pixel; /* floats from one pixel to the next, as y_pixel, dy_pixel and dx_pixel below */
    const float *mean, *scale, *beta; /* (channels) */
    bool relu;
    const float *plus; /* or NULL */
    size_t plus_pixel; /* 0: every pixel gets the same */
} nb_norm;

typedef struct nb_adam_step_args {
    float beta1, one_minus_beta1, beta2, one_minus_beta2;
    float step_size;       /* lr / (1 - beta1^step) */
    float sqrt_bias2, eps; /* sqrt(1 - beta2^step) */
} nb_adam_step_args;

typedef struct nb_kernels {
    const char *name;
    void (*gemm)(const nb_gemm *g);
    /* out[n] = (out[n] or 0) + sum over m of x[m][n], in order of m */
    void (*sum_rows)(size_t m, size_t n, const float *x, size_t x_row, bool accumulate, float *out);
    /* out[n] = sum over m of (x[m][n] - mean[n])^2, in order of m */
    void (*sum_squares)(size_t m, size_t n, const float *x, size_t x_row, const float *mean, float *out);
    void (*norm)(const nb_norm *r, float *y, size_t y_pixel);
    /* dy = 0 where a ReLU let nothing pass; sum_dy = sum over the pixels of dy, sum_c = of dy (x - mean) */
    void (*norm_gradient)(const nb_norm *r, float *dy, size_t dy_pixel, float *sum_dy, float *sum_c);
    /* dx = (dx or 0) + dy scale - (x - mean) slope - level */
    void (*norm_backward)(const nb_norm *r, const float *dy, size_t dy_pixel, const float *slope,
                          const float *level, bool add, float *dx, size_t dx_pixel);
    void (*relu)(size_t n, float *x);                             /* x = max(x, 0), NaN stays */
    void (*relu_backward)(size_t n, const float *y, float *grad); /* grad = 0 where y <= 0 */
    void (*silu)(size_t n, const float *x, float *y);             /* y = x / (1 + exp(-x)); may be in place */
    /* dx += dy s (1 + x (1 - s)), s = 1 / (1 + exp(-x)) */
    void (*silu_backward)(size_t n, const float *x, const float *dy, float *dx);
    void (*adam)(size_t n, const nb_adam_step_args *s, const float *grad, float *p, float *m, float *v);
    void (*winograd_input)(const nb_blocks *b);    /* points = B^T x B, x the 6x6 pixels around a block */
    void (*winograd_output)(const nb_blocks *b);   /* block = A^T points A */
    void (*winograd_gradient)(const nb_blocks *b); /* points = A block A^T */
    /* points = G w G^T, for n weights of each of nine taps, `tap` floats apart, the points `point` floats apart */
    void (*winograd_weights)(size_t n, const float *w, size_t tap, float *u, size_t point);
    /* dw = G^T du G: the gradient of weights given at the points, as the taps' */
    void (*winograd_taps)(size_t n, const float *du, size_t point, float *dw, size_t tap);
} nb_kernels;

extern const nb_kernels nb_kernels_scalar;  /* in WebAssembly the tests alone have it */
extern const nb_kernels nb_kernels_simd128; /* WebAssembly */
extern const nb_kernels nb_kernels_relaxed; /* fast mode of a module built with relaxed SIMD */
extern const nb_kernels nb_kernels_sse2, nb_kernels_avx2, nb_kernels_avx512;
extern const nb_kernels nb_kernels_sse_fma, nb_kernels_avx2_fma, nb_kernels_avx512_fma; /* fast mode */
extern const nb_kernels nb_kernels_neon, nb_kernels_neon_fma;

#endif
