/* body.h - the hot loops, written once. A variant includes this after it has defined
 *
 *   KERNELS          the table's name, such as nb_kernels_avx2
 *   NAME             what the table calls itself, such as "avx2"
 *   V, WIDTH         the vector type and its number of floats
 *   MR, NR           the GEMM tile: MR rows by NR vectors, chosen so that it stays in registers
 *   LOAD STORE SET1 ADD SUB MUL DIV SQRT MAX
 *   MADD(a, b, c)    a b + c: MUL then ADD, or fused
 *   KEEP_IF_GREATER(x, a, b)   x where a > b, else 0
 *   POWER_OF_2(x)    2^k, where x is 1.5 2^23 + k: k is in its last bits, -126 <= k <= 127
 *   FLUSH(x)         0 where |x| is below the smallest normal number, else x
 *   TOGETHER         steps of a GEMM's sum between two moves of its pointers; not defined where addresses can be sums
 *   NARROWER         the table that takes the columns left over; not defined where WIDTH is NB_PAD or less: there are none */

#include "kernels/kernels.h"

#include <float.h>

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#define ROLLED _Pragma("GCC unroll 1")
#endif

/* One step of a tile's sum: a[i] leads to the number of row i in A, b to a row of B. */
static inline __attribute__((always_inline)) void
step(V acc[MR][NR], const float *const a[MR], const float *b, const size_t rows, const size_t vectors)
{
    V bv[NR];
    UNROLL for (size_t j = 0; j < vectors; j++) bv[j] = LOAD(b + j * WIDTH);
    UNROLL for (size_t i = 0; i < rows; i++)
    {
        const V av = SET1(*a[i]);
        UNROLL for (size_t j = 0; j < vectors; j++) acc[i][j] = MADD(av, bv[j], acc[i][j]);
    }
}

/* k steps of rows that lie `apart` floats from one another. */
static inline __attribute__((always_inline)) void steps(V acc[MR][NR], size_t k, const float *a,
                                                        const size_t apart, const size_t a_step,
                                                        const float *b, const size_t b_row, const size_t rows,
                                                        const size_t vectors)
{
    for (; k > 0; k--, a += a_step, b += b_row) {
        const float *row[MR];
        UNROLL for (size_t i = 0; i < rows; i++) row[i] = a + i * apart;
        step(acc, row, b, rows, vectors);
    }
}

#ifdef TOGETHER
/* The same where an address is a pointer and a constant, as in WebAssembly: each row has a pointer, which moves on once
 * in TOGETHER steps. A branch stands between two steps: without it a compiler sorts the sums of all steps by row, and
 * runs out of registers. */
static inline __attribute__((always_inline)) void steps_together(V acc[MR][NR], size_t k, const float *a,
                                                                 const size_t apart, const float *b,
                                                                 const size_t b_row, const size_t rows,
                                                                 const size_t vectors)
{
    const float *row[MR];
    UNROLL for (size_t i = 0; i < rows; i++) row[i] = a + i * apart;
    for (; k > 0; k -= TOGETHER) {
        UNROLL for (size_t at = 0; at < TOGETHER; at++, b += b_row)
        {
            if (at && k == at) return;
            const float *next[MR];
            UNROLL for (size_t i = 0; i < rows; i++) next[i] = row[i] + at;
            step(acc, next, b, rows, vectors);
        }
        UNROLL for (size_t i = 0; i < rows; i++) row[i] += TOGETHER;
    }
}
#endif

/* One tile: `rows` by `vectors` sums stay in registers while k runs. rows, vectors and transposed are constants once
 * inlined. */
static inline __attribute__((always_inline)) void
tile(const nb_gemm *g, size_t m, size_t n, const size_t rows, const size_t vectors, const bool transposed)
{
    V acc[MR][NR];
    const float *const bias = g->bias; /* read once: c's stores might change *g, for all a compiler knows */
    const size_t c_row = g->c_row;
    float *c = g->c + m * c_row + n;
    UNROLL for (size_t i = 0; i < rows; i++)
    {
        UNROLL for (size_t j = 0; j < vectors; j++)
        {
            acc[i][j] = g->accumulate ? LOAD(c + i * c_row + j * WIDTH) : SET1(0.0F);
        }
    }
    const float *a = g->a + m * (transposed ? 1 : g->a_row), *b = g->b + n;
    if (transposed)
        steps(acc, g->k, a, 1, g->a_row, b, g->b_row, rows, vectors);
    else
#ifdef TOGETHER
        steps_together(acc, g->k, a, g->a_row, b, g->b_row, rows, vectors);
#else
        steps(acc, g->k, a, g->a_row, 1, b, g->b_row, rows, vectors);
#endif
    if (bias) {
        UNROLL for (size_t j = 0; j < vectors; j++)
        {
            const V more = LOAD(bias + n + j * WIDTH);
            UNROLL for (size_t i = 0; i < rows; i++) acc[i][j] = ADD(acc[i][j], more);
        }
    }
    UNROLL for (size_t i = 0; i < rows; i++)
    {
        UNROLL for (size_t j = 0; j < vectors; j++) STORE(c + i * c_row + j * WIDTH, acc[i][j]);
    }
}

/* All rows of one panel of columns: whole tiles, then the rows left over in smaller ones. */
static inline __attribute__((always_inline)) void panel(const nb_gemm *g, size_t n, const size_t vectors,
                                                        const bool transposed)
{
    size_t m = 0;
    for (; m + MR <= g->m; m += MR) tile(g, m, n, MR, vectors, transposed);
#if MR > 4
    if (m + 4 <= g->m) {
        tile(g, m, n, 4, vectors, transposed);
        m += 4;
    }
#endif
    if (m + 2 <= g->m) {
        tile(g, m, n, 2, vectors, transposed);
        m += 2;
    }
    if (m < g->m) tile(g, m, n, 1, vectors, transposed);
}

/* All panels; returns how many columns they take. */
static inline __attribute__((always_inline)) size_t panels(const nb_gemm *g, const bool transposed)
{
    const size_t columns = nb_padded(g->n);
    size_t n = 0;
    for (; n + NR * WIDTH <= columns; n += NR * WIDTH) panel(g, n, NR, transposed);
    for (; n + WIDTH <= columns; n += WIDTH) panel(g, n, 1, transposed);
    return n;
}

static void gemm(const nb_gemm *g)
{
    const size_t done = g->transposed ? panels(g, true) : panels(g, false);
    (void)done;
#ifdef NARROWER
    if (done < nb_padded(g->n)) {
        nb_gemm rest = *g;
        rest.n -= done;
        rest.b += done;
        rest.c += done;
        if (rest.bias) rest.bias += done;
        NARROWER.gemm(&rest);
    }
#endif
}

/* ---- Sums over rows, several vectors of columns at once: one sum alone would wait for its last addition. ---- */

static inline __attribute__((always_inline)) void sum_columns(const size_t vectors, size_t m, const float *x,
                                                              size_t x_row, const float *mean,
                                                              const bool squares, bool accumulate, float *out)
{
    V sum[4], middle[4];
    UNROLL for (size_t v = 0; v < vectors; v++)
    {
        sum[v] = accumulate ? LOAD(out + v * WIDTH) : SET1(0.0F);
        middle[v] = squares ? LOAD(mean + v * WIDTH) : SET1(0.0F);
    }
    for (size_t i = 0; i < m; i++, x += x_row) {
        UNROLL for (size_t v = 0; v < vectors; v++)
        {
            V term = LOAD(x + v * WIDTH);
            if (squares) {
                term = SUB(term, middle[v]);
                term = MUL(term, term);
            }
            sum[v] = ADD(sum[v], term);
        }
    }
    UNROLL for (size_t v = 0; v < vectors; v++) STORE(out + v * WIDTH, sum[v]);
}

/* Returns how many columns were whole vectors. */
static inline __attribute__((always_inline)) size_t sum_vectors(size_t m, size_t columns, const float *x,
                                                                size_t x_row, const float *mean,
                                                                const bool squares, bool accumulate,
                                                                float *out)
{
    size_t j = 0;
    for (; j + 4 * WIDTH <= columns; j += 4 * WIDTH)
        sum_columns(4, m, x + j, x_row, squares ? mean + j : NULL, squares, accumulate, out + j);
    for (; j + WIDTH <= columns; j += WIDTH)
        sum_columns(1, m, x + j, x_row, squares ? mean + j : NULL, squares, accumulate, out + j);
    return j;
}

static void sum_rows(size_t m, size_t n, const float *x, size_t x_row, bool accumulate, float *out)
{
    const size_t columns = nb_padded(n), j = sum_vectors(m, columns, x, x_row, NULL, false, accumulate, out);
    (void)j;
#ifdef NARROWER
    if (j < columns) NARROWER.sum_rows(m, columns - j, x + j, x_row, accumulate, out + j);
#endif
}

static void sum_squares(size_t m, size_t n, const float *x, size_t x_row, const float *mean, float *out)
{
    const size_t columns = nb_padded(n), j = sum_vectors(m, columns, x, x_row, mean, true, false, out);
    (void)j;
#ifdef NARROWER
    if (j < columns) NARROWER.sum_squares(m, columns - j, x + j, x_row, mean + j, out + j);
#endif
}

/* ---- Normalisation, by channels and then by pixels: what belongs to a channel stays in registers. ---- */

#ifdef NARROWER
static nb_norm norm_from(const nb_norm *r, size_t first, size_t channels)
{
    nb_norm rest = *r;
    rest.channels = channels - first;
    rest.x += first;
    rest.mean += first;
    rest.scale += first;
    rest.beta += first;
    if (rest.plus) rest.plus += first;
    return rest;
}
#endif

static inline __attribute__((always_inline)) void norm_channels(const nb_norm *r, size_t c, const bool plus,
                                                                float *to, size_t y_pixel)
{
    const V mean = LOAD(r->mean + c), scale = LOAD(r->scale + c), beta = LOAD(r->beta + c);
    const float *x = r->x + c, *more = plus ? r->plus + c : NULL;
    for (size_t j = 0; j < r->pixels; j++, x += r->x_pixel, to += y_pixel) {
        V v = ADD(MUL(SUB(LOAD(x), mean), scale), beta);
        if (r->relu) v = MAX(SET1(0.0F), v);
        if (plus) {
            v = ADD(v, LOAD(more));
            more += r->plus_pixel;
        }
        STORE(to, v);
    }
}

static void norm(const nb_norm *r, float *y, size_t y_pixel)
{
    const size_t n = nb_padded(r->channels);
    size_t c = 0;
    for (; c + WIDTH <= n; c += WIDTH) {
        if (r->plus)
            norm_channels(r, c, true, y + c, y_pixel);
        else
            norm_channels(r, c, false, y + c, y_pixel);
    }
#ifdef NARROWER
    if (c < n) {
        const nb_norm rest = norm_from(r, c, n);
        NARROWER.norm(&rest, y + c, y_pixel);
    }
#endif
}

static void norm_gradient(const nb_norm *r, float *dy, size_t dy_pixel, float *sum_dy, float *sum_c)
{
    const size_t n = nb_padded(r->channels);
    size_t c = 0;
    for (; c + WIDTH <= n; c += WIDTH) {
        const V mean = LOAD(r->mean + c), scale = LOAD(r->scale + c), beta = LOAD(r->beta + c);
        const float *x = r->x + c;
        float *d = dy + c;
        V all = SET1(0.0F), centred_all = SET1(0.0F);
        for (size_t j = 0; j < r->pixels; j++, x += r->x_pixel, d += dy_pixel) {
            const V centred = SUB(LOAD(x), mean);
            V kept = LOAD(d);
            if (r->relu) {
                kept = KEEP_IF_GREATER(kept, ADD(MUL(centred, scale), beta), SET1(0.0F));
                STORE(d, kept);
            }
            all = ADD(all, kept);
            centred_all = ADD(centred_all, MUL(kept, centred));
        }
        STORE(sum_dy + c, all);
        STORE(sum_c + c, centred_all);
    }
#ifdef NARROWER
    if (c < n) {
        const nb_norm rest = norm_from(r, c, n);
        NARROWER.norm_gradient(&rest, dy + c, dy_pixel, sum_dy + c, sum_c + c);
    }
#endif
}

static void norm_backward(const nb_norm *r, const float *dy, size_t dy_pixel, const float *slope,
                          const float *level, bool add, float *dx, size_t dx_pixel)
{
    const size_t n = nb_padded(r->channels);
    size_t c = 0;
    for (; c + WIDTH <= n; c += WIDTH) {
        const V mean = LOAD(r->mean + c), scale = LOAD(r->scale + c);
        const V incline = LOAD(slope + c), height = LOAD(level + c);
        const float *x = r->x + c, *from = dy + c;
        float *to = dx + c;
        for (size_t j = 0; j < r->pixels; j++, x += r->x_pixel, from += dy_pixel, to += dx_pixel) {
            const V v = SUB(SUB(MUL(LOAD(from), scale), MUL(SUB(LOAD(x), mean), incline)), height);
            STORE(to, add ? ADD(LOAD(to), v) : v);
        }
    }
#ifdef NARROWER
    if (c < n) {
        const nb_norm rest = norm_from(r, c, n);
        NARROWER.norm_backward(&rest, dy + c, dy_pixel, slope + c, level + c, add, dx + c, dx_pixel);
    }
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

/* exp(-x), x being taken as at most 87 away from 0: beyond, the rest of float's range would be missing. Cephes' polynomial (expf;
 * Moshier 1989), within 1.5 ulp; products are rounded, so that all variants agree. */
static inline __attribute__((always_inline)) V exp_of_minus(V x)
{
    const V least = SET1(-87.0F), v = SUB(SET1(0.0F), MAX(least, SUB(SET1(0.0F), MAX(least, x))));
#ifdef EXP
    return EXP(SUB(SET1(0.0F), v));
#else
    const V rounds = SET1(12582912.0F), shifted = ADD(MUL(v, SET1(-1.44269504F)), rounds),
            k = SUB(shifted, rounds);
    V r = SUB(SUB(SET1(0.0F), v), MUL(k, SET1(0.693359375F)));
    r = ADD(r, MUL(k, SET1(2.12194440e-4F)));
    V p = ADD(MUL(SET1(1.9875691500e-4F), r), SET1(1.3981999507e-3F));
    p = ADD(MUL(p, r), SET1(8.3334519073e-3F));
    p = ADD(MUL(p, r), SET1(4.1665795894e-2F));
    p = ADD(MUL(p, r), SET1(1.6666665459e-1F));
    p = ADD(MUL(p, r), SET1(5.0000001201e-1F));
    p = ADD(ADD(MUL(p, MUL(r, r)), r), SET1(1.0F));
    return MUL(p, POWER_OF_2(shifted));
#endif
}

static void silu(size_t n, const float *x, float *y)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        const V v = LOAD(x + i);
        STORE(y + i, DIV(v, ADD(SET1(1.0F), exp_of_minus(v))));
    }
#ifdef NARROWER
    if (i < n) NARROWER.silu(n - i, x + i, y + i);
#endif
}

/* 1 - s is exp(-x) s: nothing is lost where s is near 1. */
static void silu_backward(size_t n, const float *x, const float *dy, float *dx)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        const V v = LOAD(x + i), e = exp_of_minus(v), s = DIV(SET1(1.0F), ADD(SET1(1.0F), e));
        const V slope = MUL(s, ADD(SET1(1.0F), MUL(v, MUL(e, s))));
        STORE(dx + i, ADD(LOAD(dx + i), MUL(LOAD(dy + i), slope)));
    }
#ifdef NARROWER
    if (i < n) NARROWER.silu_backward(n - i, x + i, dy + i, dx + i);
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

#include "kernels/body_winograd.h"

const nb_kernels KERNELS = {.name = NAME,
                            .gemm = gemm,
                            .sum_rows = sum_rows,
                            .sum_squares = sum_squares,
                            .norm = norm,
                            .norm_gradient = norm_gradient,
                            .norm_backward = norm_backward,
                            .relu = relu,
                            .relu_backward = relu_backward,
                            .silu = silu,
                            .silu_backward = silu_backward,
                            .adam = adam,
                            .winograd_input = winograd_input,
                            .winograd_output = winograd_output,
                            .winograd_gradient = winograd_gradient,
                            .winograd_weights = winograd_weights,
                            .winograd_taps = winograd_taps};
