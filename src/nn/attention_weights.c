/* attention_weights.c - multi-head attention between tokens, which may be of two kinds: Vaswani et al. 2017. First how much each
 * query heeds each key, a value that can be looked at; then what it takes of them.
 *
 *   P_h = softmax(q_h k_h^T / sqrt(d)) by rows       y_h = P_h v_h       for each head h, d features of q, k and v being its own
 *   dS = P (dP - sum of P dP over the row) / sqrt(d)      dq = dS k      dk = dS^T q
 *   dP = dy v^T      dv = P^T dy
 *
 * P is (heads x queries, keys): the heads one below the other. */
#include "nn/layers.h"
#include "nn/softmax.h"

#include <math.h>

/* A head's matrices: queries (n) and keys (m) of `size` features, from `at` on, and the head's rows of P. */
typedef struct head {
    const nb_layer_args *a;
    size_t n, m, size, at, p;
} head;

static size_t heads_of(const nb_layer_args *a) { return (size_t)a->settings[0]; }

/* work (size, m) = x (m, size) transposed. */
static void transpose(const head *h, nb_tensor x)
{
    const size_t stride = nb_stride(h->m);
    for (size_t c = 0; c < h->size; c++) {
        float *row = h->a->work + c * stride;
        for (size_t j = 0; j < h->m; j++) row[j] = x.data[j * x.pixel + h->at + c];
        for (size_t j = h->m; j < stride; j++) row[j] = 0.0F;
    }
}

/* p (n, m) = x (n, size) y^T, y being (m, size). */
static void pairs(const head *h, nb_tensor x, nb_tensor y, nb_tensor p, bool add)
{
    transpose(h, y);
    h->a->kernels->gemm(&(nb_gemm){.m = h->n,
                                   .n = h->m,
                                   .k = h->size,
                                   .a = x.data + h->at,
                                   .a_row = x.pixel,
                                   .b = h->a->work,
                                   .b_row = nb_stride(h->m),
                                   .c = p.data + h->p * p.pixel,
                                   .c_row = p.pixel,
                                   .accumulate = add});
}

/* to = p (n, m) x, or p^T x */
static void apply(const head *h, nb_tensor p, bool transposed, nb_tensor x, nb_tensor to, bool add)
{
    h->a->kernels->gemm(&(nb_gemm){.m = transposed ? h->m : h->n,
                                   .n = h->size,
                                   .k = transposed ? h->n : h->m,
                                   .a = p.data + h->p * p.pixel,
                                   .a_row = p.pixel,
                                   .transposed = transposed,
                                   .b = x.data + h->at,
                                   .b_row = x.pixel,
                                   .c = to.data + h->at,
                                   .c_row = to.pixel,
                                   .accumulate = add});
}

static head head_of(const nb_layer_args *a, size_t k, size_t n, size_t m, size_t features)
{
    const size_t size = features / heads_of(a);
    return (head){.a = a, .n = n, .m = m, .size = size, .at = k * size, .p = k * n};
}

/* Whether features can be cut into heads: a head begins where a vector of numbers does. */
static bool fits(size_t features, double heads)
{
    const size_t n = (size_t)heads;
    return n == 1 || features % (n * NB_PAD) == 0;
}

static double scale_of(const nb_layer_args *a)
{
    const size_t size = a->in[0].channels / heads_of(a);
    return 1.0 / sqrt((double)size);
}

static void forward(const nb_layer_args *a)
{
    const nb_tensor q = a->in[0], k = a->in[1], p = a->out;
    const float *mask = a->in[2].data;
    const double scale = scale_of(a);
    for (size_t i = 0; i < heads_of(a); i++) {
        const head h = head_of(a, i, q.width, k.width, q.channels);
        pairs(&h, q, k, p, false);
    }
    for (size_t i = 0; i < p.width; i++) nb_softmax(p.data + i * p.pixel, p.channels, scale, mask);
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor q = a->in[0], k = a->in[1], p = a->out, ds = a->d_out;
    const float scale = (float)scale_of(a);
    for (size_t i = 0; i < p.width; i++)
        nb_softmax_back(ds.data + i * ds.pixel, p.data + i * p.pixel, p.channels, scale);
    for (size_t i = 0; i < heads_of(a); i++) {
        const head h = head_of(a, i, q.width, k.width, q.channels);
        if (a->d_in[0].data) apply(&h, ds, false, k, a->d_in[0], a->add[0]);
        if (a->d_in[1].data) apply(&h, ds, true, q, a->d_in[1], a->add[1]);
    }
    if (a->d_in[2].data && !a->add[2]) nb_clear(a->d_in[2], a->rows); /* it is on or off */
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape q = s->in[0], k = s->in[1], mask = s->in[2];
    const bool tokens = q.axes == NB_TOKENS && k.axes == NB_TOKENS && q.channels == k.channels;
    const bool masked = mask.channels == 0 || (mask.axes == NB_FEATURES && mask.channels == k.width);
    if (!tokens || !masked || !fits(q.channels, s->settings[0])) return (nb_shape){0};
    return (nb_shape){1, nb_mul(q.width, (size_t)s->settings[0]), k.width, NB_TOKENS};
}

static size_t work(const nb_layer_spec *s) { return nb_mul(s->in[0].channels, nb_stride(s->in[1].width)); }

static void apply_forward(const nb_layer_args *a)
{
    const nb_tensor p = a->in[0], v = a->in[1];
    for (size_t i = 0; i < heads_of(a); i++) {
        const head h = head_of(a, i, a->out.width, v.width, v.channels);
        apply(&h, p, false, v, a->out, false);
    }
}

static void apply_backward(const nb_layer_args *a)
{
    const nb_tensor p = a->in[0], v = a->in[1], dy = a->d_out;
    /* One input after the other: both may be one value. */
    for (size_t i = 0; a->d_in[0].data && i < heads_of(a); i++) {
        const head h = head_of(a, i, dy.width, v.width, v.channels);
        pairs(&h, dy, v, a->d_in[0], a->add[0]);
    }
    for (size_t i = 0; a->d_in[1].data && i < heads_of(a); i++) {
        const head h = head_of(a, i, dy.width, v.width, v.channels);
        apply(&h, p, true, dy, a->d_in[1], a->add[1]);
    }
}

static nb_shape applied(const nb_layer_spec *s)
{
    const nb_shape p = s->in[0], v = s->in[1];
    const size_t heads = (size_t)s->settings[0];
    const bool tokens = p.axes == NB_TOKENS && v.axes == NB_TOKENS && p.channels == v.width;
    if (!tokens || p.width % heads > 0 || !fits(v.channels, s->settings[0])) return (nb_shape){0};
    return (nb_shape){1, p.width / heads, v.channels, NB_TOKENS};
}

static size_t applied_work(const nb_layer_spec *s)
{
    return nb_mul(s->in[1].channels, nb_stride(s->in[1].width));
}

const nb_layer_kind nb_attention_weights_layer = {
    .name = "attention_weights",
    .python = "attention_weights({num_heads}, {*})",
    .python_needs = "def attention_weights(num_heads, q, k, mask=None):\n"
                    "    q, k = (x.unflatten(2, (num_heads, -1)).transpose(1, 2) for x in (q, k))\n"
                    "    scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])\n"
                    "    if mask is not None:\n"
                    "        scores = scores.masked_fill(mask[:, None, None] == 0, -math.inf)\n"
                    "    return torch.nan_to_num(torch.softmax(scores, 3)).flatten(1, 2)\n",
    .takes_text =
        "queries (tokens, features) and keys (others, features), for more than one head features being "
        "4, 8, ... times num_heads; and a mask (others)",
    .settings = {{"num_heads", 1, 256, 1, false, NULL}},
    .inputs = 3,
    .optional = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .work = work,
    .reads_in = 2,
    .reads_out = true,
    .whole_rows = true,
};

const nb_layer_kind nb_attention_apply_layer = {
    .name = "matmul",
    .python = "attend({num_heads}, {0}, {1})",
    .python_needs =
        "def attend(num_heads, weights, v):\n"
        "    weights, v = weights.unflatten(1, (num_heads, -1)), v.unflatten(2, (num_heads, -1))\n"
        "    return (weights @ v.transpose(1, 2)).transpose(1, 2).flatten(2)\n",
    .takes_text =
        "a matrix (num_heads times tokens, others) and values (others, features), for more than one head "
        "features being 4, 8, ... times num_heads",
    .settings = {{"num_heads", 1, 256, 1, false, NULL}},
    .inputs = 2,
    .forward = apply_forward,
    .backward = apply_backward,
    .shape = applied,
    .work = applied_work,
    .reads_in = 2,
    .whole_rows = true,
};
