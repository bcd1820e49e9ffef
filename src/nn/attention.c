/* attention.c - single-head self-attention between the pixels of an image: Vaswani et al. 2017.
 *
 *   x = [q, k, v] along the channels;  P = softmax(q k^T / sqrt(channels)) by rows;  y = P v
 *   dv = P^T dy      dP = dy v^T      dS = P (dP - sum of P dP over the row)
 *   dq = dS k / sqrt(channels)      dk = dS^T q / sqrt(channels)
 *
 * Every product is a GEMM whose sum runs over the pixels or channels in order. */
#include "nn/layers.h"
#include "nn/softmax.h"

#include <math.h>

/* What a sample saves, n pixels: P and dS (n, stride), and a (channels, stride) matrix transposed. */
typedef struct saved {
    size_t n, channels, stride;
    float *p, *ds, *transposed;
} saved;

static saved saved_by(const nb_layer_args *a)
{
    const size_t n = a->out.height * a->out.width, stride = nb_stride(n);
    return (saved){n, a->out.channels, stride, a->saved, a->saved + n * stride, a->saved + 2 * n * stride};
}

/* transposed[c][j] = x[j][c] */
static void transpose(const saved *s, const float *x, size_t pixel)
{
    for (size_t j = 0; j < s->n; j++) {
        for (size_t c = 0; c < s->channels; c++) s->transposed[c * s->stride + j] = x[j * pixel + c];
    }
}

/* c (n, n) = rows of a (n, channels) times `transposed`. */
static void pairs(const nb_layer_args *a, const saved *s, const float *rows, size_t pixel, float *c)
{
    a->kernels->gemm(&(nb_gemm){.m = s->n,
                                .n = s->n,
                                .k = s->channels,
                                .a = rows,
                                .a_row = pixel,
                                .b = s->transposed,
                                .b_row = s->stride,
                                .c = c,
                                .c_row = s->stride});
}

/* to (n, channels) (+)= matrix (n, n), or its transpose, times x (n, channels). */
static void matmul(const nb_layer_args *a, const saved *s, const float *matrix, bool transposed,
                   const float *x, size_t x_pixel, float *to, size_t to_pixel, bool add)
{
    a->kernels->gemm(&(nb_gemm){.m = s->n,
                                .n = s->channels,
                                .k = s->n,
                                .a = matrix,
                                .a_row = s->stride,
                                .transposed = transposed,
                                .b = x,
                                .b_row = x_pixel,
                                .c = to,
                                .c_row = to_pixel,
                                .accumulate = add});
}

/* Where a convolution's border parts the rows of t, room for them one after the other from *work on; else t. */
static nb_tensor close_rows(nb_tensor t, float **work)
{
    if (t.row == t.width * t.pixel) return t;
    t.pixel = nb_padded(t.channels);
    t.row = t.width * t.pixel;
    t.sample = t.height * t.row;
    t.data = *work;
    *work += t.sample;
    return t;
}

static nb_tensor with_close_rows(nb_tensor t, float **work)
{
    const nb_tensor close = close_rows(t, work);
    if (close.data != t.data) nb_move(close, t, 1, false);
    return close;
}

static void forward(const nb_layer_args *a)
{
    float *work = a->work;
    const nb_tensor x = with_close_rows(a->in[0], &work), y = close_rows(a->out, &work);
    const saved s = saved_by(a);
    transpose(&s, x.data + s.channels, x.pixel);
    pairs(a, &s, x.data, x.pixel, s.p);
    for (size_t i = 0; i < s.n; i++)
        nb_softmax(s.p + i * s.stride, s.n, 1.0 / sqrt((double)s.channels), NULL);
    matmul(a, &s, s.p, false, x.data + 2 * s.channels, x.pixel, y.data, y.pixel, false);
    if (y.data != a->out.data) nb_move(a->out, y, 1, false);
}

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data == NULL) return;
    float *work = a->work;
    const nb_tensor x = with_close_rows(a->in[0], &work), dy = with_close_rows(a->d_out, &work);
    const nb_tensor dx = close_rows(a->d_in[0], &work);
    const bool apart = dx.data != a->d_in[0].data, add = a->add[0] && !apart;
    const saved s = saved_by(a);
    const float scale = (float)(1.0 / sqrt((double)s.channels));
    const float *q = x.data, *k = q + s.channels, *v = k + s.channels;
    transpose(&s, v, x.pixel);
    pairs(a, &s, dy.data, dy.pixel, s.ds);
    for (size_t i = 0; i < s.n; i++) nb_softmax_back(s.ds + i * s.stride, s.p + i * s.stride, s.n, scale);
    matmul(a, &s, s.ds, false, k, x.pixel, dx.data, dx.pixel, add);
    matmul(a, &s, s.ds, true, q, x.pixel, dx.data + s.channels, dx.pixel, add);
    matmul(a, &s, s.p, true, dy.data, dy.pixel, dx.data + 2 * s.channels, dx.pixel, add);
    if (apart) nb_move(a->d_in[0], dx, 1, a->add[0]);
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    if (in.axes != NB_IMAGE && in.axes != NB_SERIES) return (nb_shape){0};
    return in.channels % (3 * NB_PAD) == 0 ? (nb_shape){in.height, in.width, in.channels / 3, in.axes}
                                           : (nb_shape){0};
}

static size_t floats_saved(const nb_layer_spec *s)
{
    const size_t n = nb_mul(s->out.height, s->out.width), rows = nb_add(nb_mul(2, n), s->out.channels);
    return nb_mul(rows, nb_stride(n));
}

static size_t work(const nb_layer_spec *s)
{
    return nb_mul(nb_mul(s->in[0].height, s->in[0].width),
                  nb_add(nb_mul(2, nb_padded(s->in[0].channels)), nb_padded(s->out.channels)));
}

const nb_layer_kind nb_attention_layer = {
    .name = "attention",
    .python = "attention({0})",
    .python_needs = "def attention(qkv):\n"
                    "    q, k, v = qkv.flatten(2).transpose(1, 2).chunk(3, 2)\n"
                    "    weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(q.shape[2]), 2)\n"
                    "    return (weights @ v).transpose(1, 2).reshape(qkv.shape[0], -1, *qkv.shape[2:])\n",
    .takes_text =
        "(channels, height, width) or (channels, length): [q, k, v] along the channels, each a multiple of 4",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .saved = floats_saved,
    .work = work,
    .reads_in = 1,
    .whole_rows = true,
};
