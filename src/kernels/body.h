/* body.h - the hot loops, written once. A variant includes this after it has defined
 *
 *   KERNELS          the table's name, such as nb_kernels_avx2
 *   NAME             what the table calls itself, such as "avx2"
 *   V, WIDTH         the vector type and its number of floats
 *   MR, NR           the GEMM tile: MR rows by NR vectors, chosen so that it stays in registers
 *   LOAD STORE SET1 ADD SUB MUL DIV SQRT MAX
 *   MADD(a, b, c)    a b + c: MUL then ADD, or fused
 *   KEEP_IF_GREATER(x, a, b)   x where a > b, else 0
 *   FLUSH(x)         0 where |x| is below the smallest normal number, else x
 *   NARROWER         the table that takes the columns left over; not defined where WIDTH is 1 */

#include "kernels/kernels.h"

#include <float.h>

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* One tile: `rows` by `vectors` sums stay in registers while k runs, block after block (one if s is NULL).
 * rows, vectors and whether s is NULL are constants once inlined. */
static inline __attribute__((always_inline)) void tile(const nb_gemm *g, const nb_gemm_blocks *s, size_t m,
                                                       size_t n, const size_t rows, const size_t vectors)
{
    V acc[MR][NR];
    float *c = g->c + m * g->c_row + n;
    UNROLL for (size_t i = 0; i < rows; i++)
    {
        UNROLL for (size_t j = 0; j < vectors; j++)
        {
            acc[i][j] = g->accumulate ? LOAD(c + i * g->c_row + j * WIDTH) : SET1(0.0F);
        }
    }
    const size_t a_row = g->a_row, a_step = g->a_step, b_row = g->b_row;
    const size_t blocks_y = s ? s->rows : 1, blocks_x = s ? s->columns : 1;
    for (size_t y = 0; y < blocks_y; y++) {
        for (size_t x = 0; x < blocks_x; x++) {
            const float *a = g->a + m * g->a_row, *b = g->b + n;
            if (s) a += (ptrdiff_t)y * s->a_y + (ptrdiff_t)x * s->a_x;
            if (s) b += y * s->b_y + x * s->b_x;
            for (size_t k = g->k; k > 0; k--, a += a_step, b += b_row) {
                V bv[NR];
                UNROLL for (size_t j = 0; j < vectors; j++) bv[j] = LOAD(b + j * WIDTH);
                UNROLL for (size_t i = 0; i < rows; i++)
                {
                    const V av = SET1(a[i * a_row]);
                    UNROLL for (size_t j = 0; j < vectors; j++) acc[i][j] = MADD(av, bv[j], acc[i][j]);
                }
            }
        }
    }
    UNROLL for (size_t i = 0; i < rows; i++)
    {
        UNROLL for (size_t j = 0; j < vectors; j++)
        {
            const V sum = g->row ? ADD(acc[i][j], LOAD(g->row + n + j * WIDTH)) : acc[i][j];
            STORE(c + i * g->c_row + j * WIDTH, sum);
        }
    }
}

#ifdef NARROWER
/* What a narrower variant is left with. */
static nb_gemm columns_from(const nb_gemm *g, size_t first, size_t columns)
{
    nb_gemm rest = *g;
    rest.n = columns - first;
    rest.b += first;
    rest.c += first;
    if (rest.row) rest.row += first;
    return rest;
}
#endif

/* All rows of one panel of columns: whole tiles, then the rows left over in a smaller one. */
static inline __attribute__((always_inline)) void panel(const nb_gemm *g, const nb_gemm_blocks *s, size_t n,
                                                        const size_t vectors)
{
    size_t m = 0;
    for (; m + MR <= g->m; m += MR) tile(g, s, m, n, MR, vectors);
    switch (g->m - m) {
#if MR > 4
    case 7:
        tile(g, s, m, n, 7 <= MR ? 7 : 1, vectors);
        break;
    case 6:
        tile(g, s, m, n, 6 <= MR ? 6 : 1, vectors);
        break;
    case 5:
        tile(g, s, m, n, 5 <= MR ? 5 : 1, vectors);
        break;
    case 4:
        tile(g, s, m, n, 4, vectors);
        break;
#endif
    case 3:
        tile(g, s, m, n, 3, vectors);
        break;
    case 2:
        tile(g, s, m, n, 2, vectors);
        break;
    case 1:
        tile(g, s, m, n, 1, vectors);
        break;
    default:
        break;
    }
}

static void gemm(const nb_gemm *g)
{
    const size_t columns = nb_padded(g->n);
    size_t n = 0;
    for (; n + NR * WIDTH <= columns; n += NR * WIDTH) panel(g, NULL, n, NR);
    for (; n + WIDTH <= columns; n += WIDTH) panel(g, NULL, n, 1);
#ifdef NARROWER
    if (n < columns) {
        const nb_gemm rest = columns_from(g, n, columns);
        NARROWER.gemm(&rest);
    }
#endif
}

static void gemm_blocks(const nb_gemm_blocks *s)
{
    const nb_gemm *g = &s->g;
    const size_t columns = nb_padded(g->n);
    size_t n = 0;
    for (; n + NR * WIDTH <= columns; n += NR * WIDTH) panel(g, s, n, NR);
    for (; n + WIDTH <= columns; n += WIDTH) panel(g, s, n, 1);
#ifdef NARROWER
    if (n < columns) {
        nb_gemm_blocks rest = *s;
        rest.g = columns_from(g, n, columns);
        NARROWER.gemm_blocks(&rest);
    }
#endif
}

/* ---- Winograd's transforms, by block and then by channel. B^T takes (a, b, c, d) to (a - c, b + c, c - b, d - b);
 * A^T takes (a, b, c, d) to ((a + b) + c, (b - c) + d); A takes (a, b) to (a, a + b, a - b, b). ---- */

#ifdef NARROWER
static nb_blocks channels_from(const nb_blocks *b, size_t first, size_t channels)
{
    nb_blocks rest = *b;
    rest.channels = channels - first;
    rest.image += first;
    rest.points += first;
    if (rest.bias) rest.bias += first;
    return rest;
}
#endif

static inline void store_four(float *to, size_t point, const V v[4])
{
    STORE(to, SUB(v[0], v[2]));
    STORE(to + point, ADD(v[1], v[2]));
    STORE(to + 2 * point, SUB(v[2], v[1]));
    STORE(to + 3 * point, SUB(v[3], v[1]));
}

static inline void transform_input(const float *x, size_t pixel, size_t row, float *to, size_t point)
{
    V b[4], c[4], v[4];
    UNROLL for (size_t k = 0; k < 4; k++)
    {
        c[k] = LOAD(x + 2 * row + k * pixel);
        v[k] = SUB(LOAD(x + k * pixel), c[k]);
    }
    store_four(to, point, v);
    UNROLL for (size_t k = 0; k < 4; k++)
    {
        b[k] = LOAD(x + row + k * pixel);
        v[k] = ADD(b[k], c[k]);
    }
    store_four(to + 4 * point, point, v);
    UNROLL for (size_t k = 0; k < 4; k++) v[k] = SUB(c[k], b[k]);
    store_four(to + 8 * point, point, v);
    UNROLL for (size_t k = 0; k < 4; k++) v[k] = SUB(LOAD(x + 3 * row + k * pixel), b[k]);
    store_four(to + 12 * point, point, v);
}

static void winograd_input(const nb_blocks *b)
{
    const size_t n = nb_padded(b->channels), whole = n - n % WIDTH, pixel = b->pixel, row = b->row;
    for (size_t i = 0; i < b->count; i++) {
        const float *x = b->image + 2 * i * pixel - row - pixel;
        float *to = b->points + i * b->block;
        for (size_t c = 0; c < whole; c += WIDTH) transform_input(x + c, pixel, row, to + c, b->point);
    }
#ifdef NARROWER
    if (whole < n) {
        const nb_blocks rest = channels_from(b, whole, n);
        NARROWER.winograd_input(&rest);
    }
#endif
}

/* A^T down the columns, for one of the two rows of outputs. */
static inline void transform_output(const V v[4], const float *bias, bool add, float *to, size_t pixel)
{
    V left = ADD(ADD(v[0], v[1]), v[2]), right = ADD(SUB(v[1], v[2]), v[3]);
    if (bias) {
        left = ADD(left, LOAD(bias));
        right = ADD(right, LOAD(bias));
    }
    if (add) {
        left = ADD(LOAD(to), left);
        right = ADD(LOAD(to + pixel), right);
    }
    STORE(to, left);
    STORE(to + pixel, right);
}

static void winograd_output(const nb_blocks *b)
{
    const size_t n = nb_padded(b->channels), whole = n - n % WIDTH, point = b->point;
    for (size_t i = 0; i < b->count; i++) {
        for (size_t c = 0; c < whole; c += WIDTH) {
            const float *from = b->points + i * b->block + c, *bias = b->bias ? b->bias + c : NULL;
            float *to = b->image + 2 * i * b->pixel + c;
            V top[4], bottom[4];
            UNROLL for (size_t k = 0; k < 4; k++)
            {
                const V v1 = LOAD(from + (4 + k) * point), v2 = LOAD(from + (8 + k) * point);
                top[k] = ADD(ADD(LOAD(from + k * point), v1), v2);
                bottom[k] = ADD(SUB(v1, v2), LOAD(from + (12 + k) * point));
            }
            transform_output(top, bias, b->add, to, b->pixel);
            transform_output(bottom, bias, b->add, to + b->row, b->pixel);
        }
    }
#ifdef NARROWER
    if (whole < n) {
        const nb_blocks rest = channels_from(b, whole, n);
        NARROWER.winograd_output(&rest);
    }
#endif
}

static inline void spread_two(float *to, size_t point, V left, V right)
{
    STORE(to, left);
    STORE(to + point, ADD(left, right));
    STORE(to + 2 * point, SUB(left, right));
    STORE(to + 3 * point, right);
}

static void winograd_gradient(const nb_blocks *b)
{
    const size_t n = nb_padded(b->channels), whole = n - n % WIDTH, point = b->point;
    for (size_t i = 0; i < b->count; i++) {
        for (size_t c = 0; c < whole; c += WIDTH) {
            const float *top = b->image + 2 * i * b->pixel + c, *bottom = top + b->row;
            float *to = b->points + i * b->block + c;
            const V v0 = LOAD(top), v1 = LOAD(top + b->pixel), v2 = LOAD(bottom),
                    v3 = LOAD(bottom + b->pixel);
            spread_two(to, point, v0, v1);
            spread_two(to + 4 * point, point, ADD(v0, v2), ADD(v1, v3));
            spread_two(to + 8 * point, point, SUB(v0, v2), SUB(v1, v3));
            spread_two(to + 12 * point, point, v2, v3);
        }
    }
#ifdef NARROWER
    if (whole < n) {
        const nb_blocks rest = channels_from(b, whole, n);
        NARROWER.winograd_gradient(&rest);
    }
#endif
}

static void sum_rows(size_t m, size_t n, const float *x, size_t x_row, bool accumulate, float *out)
{
    const size_t columns = nb_padded(n);
    size_t j = 0;
    for (; j + WIDTH <= columns; j += WIDTH) {
        V sum = accumulate ? LOAD(out + j) : SET1(0.0F);
        for (size_t i = 0; i < m; i++) sum = ADD(sum, LOAD(x + i * x_row + j));
        STORE(out + j, sum);
    }
#ifdef NARROWER
    if (j < columns) NARROWER.sum_rows(m, columns - j, x + j, x_row, accumulate, out + j);
#endif
}

static void relu(size_t n, float *x)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) STORE(x + i, MAX(SET1(0.0F), LOAD(x + i)));
#ifdef NARROWER
    if (i < n) NARROWER.relu(n - i, x + i);
#endif
}

static void relu_backward(size_t n, const float *y, float *grad)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        STORE(grad + i, KEEP_IF_GREATER(LOAD(grad + i), LOAD(y + i), SET1(0.0F)));
#ifdef NARROWER
    if (i < n) NARROWER.relu_backward(n - i, y + i, grad + i);
#endif
}

/* Kingma and Ba 2015, algorithm 1, in PyTorch's order: p -= step_size (m / (sqrt(v) / sqrt_bias2 + eps)). */
static void adam(size_t n, const nb_adam_step_args *s, const float *grad, float *p, float *m, float *v)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        const V g = LOAD(grad + i);
        const V m1 = ADD(MUL(LOAD(m + i), SET1(s->beta1)), MUL(g, SET1(s->one_minus_beta1)));
        const V m2 = FLUSH(m1);
        const V v2 = ADD(MUL(LOAD(v + i), SET1(s->beta2)), MUL(MUL(g, SET1(s->one_minus_beta2)), g));
        const V denominator = ADD(DIV(SQRT(v2), SET1(s->sqrt_bias2)), SET1(s->eps));
        STORE(m + i, m2);
        STORE(v + i, v2);
        STORE(p + i, SUB(LOAD(p + i), DIV(MUL(SET1(s->step_size), m2), denominator)));
    }
#ifdef NARROWER
    if (i < n) NARROWER.adam(n - i, s, grad + i, p + i, m + i, v + i);
#endif
}

const nb_kernels KERNELS = {NAME,
                            gemm,
                            sum_rows,
                            relu,
                            relu_backward,
                            adam,
                            gemm_blocks,
                            winograd_input,
                            winograd_output,
                            winograd_gradient};
