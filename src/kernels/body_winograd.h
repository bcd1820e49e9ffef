/* body_winograd.h - the transforms of Winograd's convolution, part of body.h: what they are is in nn/winograd.c.
 *
 * By block and then by channel: along one side of the block, then along the other. */

/* In the tests that compile float as double, to its precision. */
#define ROOT_HALF ((float)0.70710678118654752440)
#define ROOT_2 ((float)1.41421356237309504880)
#define THIRD ((float)(1.0 / 3.0))

#ifdef NARROWER
static nb_blocks channels_from(const nb_blocks *b, size_t first)
{
    nb_blocks rest = *b;
    rest.channels = nb_padded(b->channels) - first;
    rest.image += first;
    rest.points += first;
    if (rest.bias) rest.bias += first;
    return rest;
}
#endif

/* factor x + y: in a fused variant without rounding between. */
static inline __attribute__((always_inline)) V scaled(float factor, V x, V y)
{
    return MADD(SET1(factor), x, y);
}

static inline __attribute__((always_inline)) V times(float factor, V x) { return MUL(SET1(factor), x); }

/* out = B^T d, 6 by 6 */
static inline __attribute__((always_inline)) void b_transposed(const V *d, V *out)
{
    const V even = SUB(ADD(d[2], d[2]), d[4]), odd = times(ROOT_HALF, SUB(ADD(d[1], d[1]), d[3]));
    const V even2 = scaled(-0.5F, d[2], d[4]), odd2 = times(ROOT_2, scaled(-0.5F, d[1], d[3]));
    out[0] = scaled(-2.5F, d[2], ADD(d[0], d[4]));
    out[1] = ADD(even, odd);
    out[2] = SUB(even, odd);
    out[3] = ADD(even2, odd2);
    out[4] = SUB(even2, odd2);
    out[5] = scaled(-2.5F, d[3], ADD(d[1], d[5]));
}

/* out = A^T y, 4 by 6 */
static inline __attribute__((always_inline)) void a_transposed(const V *y, V *out)
{
    const V p = ADD(y[1], y[2]), q = SUB(y[1], y[2]), r = ADD(y[3], y[4]), s = SUB(y[3], y[4]);
    out[0] = scaled(0.5F, r, ADD(y[0], p));
    out[1] = times(ROOT_HALF, ADD(q, s));
    out[2] = scaled(0.5F, p, r);
    out[3] = scaled(ROOT_HALF, scaled(0.5F, q, ADD(s, s)), y[5]);
}

/* out = A d, 6 by 4 */
static inline __attribute__((always_inline)) void a_times(const V *d, V *out)
{
    const V even = scaled(0.5F, d[2], d[0]), odd = times(ROOT_HALF, scaled(0.5F, d[3], d[1]));
    const V even2 = scaled(0.5F, d[0], d[2]), odd2 = times(ROOT_HALF, ADD(d[1], ADD(d[3], d[3])));
    out[0] = d[0];
    out[1] = ADD(even, odd);
    out[2] = SUB(even, odd);
    out[3] = ADD(even2, odd2);
    out[4] = SUB(even2, odd2);
    out[5] = d[3];
}

/* out = G w, 6 by 3 */
static inline __attribute__((always_inline)) void g_times(const V *w, V *out)
{
    const V odd = times(ROOT_HALF, w[1]), even = scaled(0.5F, w[2], w[0]), even2 = scaled(0.5F, w[0], w[2]);
    out[0] = w[0];
    out[1] = times(2.0F * THIRD, ADD(even, odd));
    out[2] = times(2.0F * THIRD, SUB(even, odd));
    out[3] = times(2.0F * THIRD, ADD(even2, odd));
    out[4] = times(2.0F * THIRD, SUB(even2, odd));
    out[5] = w[2];
}

/* out = G^T u, 3 by 6 */
static inline __attribute__((always_inline)) void g_transposed(const V *u, V *out)
{
    const V p = ADD(u[1], u[2]), q = SUB(u[1], u[2]), r = ADD(u[3], u[4]), s = SUB(u[3], u[4]);
    out[0] = scaled(THIRD, ADD(ADD(p, p), r), u[0]);
    out[1] = times(2.0F * THIRD, times(ROOT_HALF, ADD(q, s)));
    out[2] = scaled(THIRD, ADD(p, ADD(r, r)), u[5]);
}

/* to = t x t^T: x is side x side, to is wide x wide. */
static inline __attribute__((always_inline)) void both_sides(void (*const t)(const V *in, V *out),
                                                             const size_t side, const size_t wide,
                                                             const float *x, size_t pixel, size_t row,
                                                             float *to, size_t apart)
{
    V half[6][6];
    for (size_t j = 0; j < side; j++) {
        V in[6], out[6];
        UNROLL for (size_t i = 0; i < side; i++) in[i] = LOAD(x + i * row + j * pixel);
        t(in, out);
        UNROLL for (size_t i = 0; i < wide; i++) half[i][j] = out[i];
    }
    for (size_t i = 0; i < wide; i++, to += wide * apart) {
        V out[6];
        t(half[i], out);
        UNROLL for (size_t j = 0; j < wide; j++) STORE(to + j * apart, out[j]);
    }
}

/* Those of a row of blocks, whose pixels begin `border` above and to the left. Returns how many channels were whole
 * vectors. */
static inline __attribute__((always_inline)) size_t
to_points(void (*const t)(const V *in, V *out), const size_t side, const size_t border, const nb_blocks *b)
{
    const size_t n = nb_padded(b->channels), whole = n - n % WIDTH, pixel = b->pixel, row = b->row;
    for (size_t i = 0; i < b->count; i++) {
        const float *x = b->image + 4 * i * pixel - border * (row + pixel);
        float *to = b->points + i * b->block;
        for (size_t c = 0; c < whole; c += WIDTH) both_sides(t, side, 6, x + c, pixel, row, to + c, b->point);
    }
    return whole;
}

static void winograd_input(const nb_blocks *b)
{
    const size_t whole = to_points(b_transposed, 6, 1, b);
    (void)whole;
#ifdef NARROWER
    if (whole < nb_padded(b->channels)) {
        const nb_blocks rest = channels_from(b, whole);
        NARROWER.winograd_input(&rest);
    }
#endif
}

static void winograd_gradient(const nb_blocks *b)
{
    const size_t whole = to_points(a_times, 4, 0, b);
    (void)whole;
#ifdef NARROWER
    if (whole < nb_padded(b->channels)) {
        const nb_blocks rest = channels_from(b, whole);
        NARROWER.winograd_gradient(&rest);
    }
#endif
}

static inline void transform_output(const float *from, const nb_blocks *b, size_t i, size_t c)
{
    V half[4][6];
    for (size_t j = 0; j < 6; j++) {
        V y[6], out[4];
        UNROLL for (size_t k = 0; k < 6; k++) y[k] = LOAD(from + (6 * k + j) * b->point);
        a_transposed(y, out);
        UNROLL for (size_t k = 0; k < 4; k++) half[k][j] = out[k];
    }
    const V bias = b->bias ? LOAD(b->bias + c) : SET1(0.0F);
    float *to = b->image + 4 * i * b->pixel + c;
    for (size_t k = 0; k < 4; k++, to += b->row) {
        V out[4];
        a_transposed(half[k], out);
        UNROLL for (size_t j = 0; j < 4; j++)
        {
            if (b->bias) out[j] = ADD(out[j], bias);
            if (b->add) out[j] = ADD(LOAD(to + j * b->pixel), out[j]);
            STORE(to + j * b->pixel, out[j]);
        }
    }
}

static void winograd_output(const nb_blocks *b)
{
    const size_t n = nb_padded(b->channels), whole = n - n % WIDTH;
    for (size_t i = 0; i < b->count; i++) {
        for (size_t c = 0; c < whole; c += WIDTH) transform_output(b->points + i * b->block + c, b, i, c);
    }
#ifdef NARROWER
    if (whole < n) {
        const nb_blocks rest = channels_from(b, whole);
        NARROWER.winograd_output(&rest);
    }
#endif
}

/* Weights of each of nine taps to those of the 36 points. */
static void winograd_weights(size_t n, const float *w, size_t tap, float *u, size_t point)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) both_sides(g_times, 3, 6, w + i, tap, 3 * tap, u + i, point);
#ifdef NARROWER
    if (i < n) NARROWER.winograd_weights(n - i, w + i, tap, u + i, point);
#endif
}

static void winograd_taps(size_t n, const float *du, size_t point, float *dw, size_t tap)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) both_sides(g_transposed, 6, 3, du + i, point, 6 * point, dw + i, tap);
#ifdef NARROWER
    if (i < n) NARROWER.winograd_taps(n - i, du + i, point, dw + i, tap);
#endif
}
