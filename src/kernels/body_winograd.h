/* body_winograd.h - the transforms of Winograd's convolution, part of body.h: what they are is in nn/winograd.c.
 *
 * By some blocks of a row and some channels: first down the columns of pixels, of which two blocks that lie side by side share two,
 * then along the rows. What lies between fits the first-level cache. Loops are short, so that an engine that compiles WebAssembly has
 * registers for them, and addresses are a pointer and a constant as far as can be. */

/* In the tests that compile float as double, to its precision. */
#define ROOT_HALF ((float)0.70710678118654752440)
#define ROOT_2 ((float)1.41421356237309504880)
#define THIRD ((float)(1.0 / 3.0))

/* Channels that are gone through together, a cache line of them, and blocks. */
#if WIDTH < 4
enum { LINE = 4 * WIDTH };
#else
enum { LINE = 16 };
#endif
enum { BLOCKS_AT_ONCE = 8, PLANE = (4 * BLOCKS_AT_ONCE + 2) * LINE };

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

/* half = t x: each column of `side` pixels to six numbers, which lie PLANE apart. */
static inline __attribute__((always_inline)) void down(void (*const t)(const V *in, V *out),
                                                       const size_t side, const size_t vectors,
                                                       size_t columns, const float *x, size_t pixel,
                                                       size_t row, float *half)
{
    ROLLED for (; columns > 0; columns--, x += pixel, half += LINE)
    {
        const float *from[6];
        UNROLL for (size_t i = 0; i < side; i++) from[i] = x + i * row;
        UNROLL for (size_t v = 0; v < vectors; v++)
        {
            V in[6], out[6];
            UNROLL for (size_t i = 0; i < side; i++) in[i] = LOAD(from[i] + v * WIDTH);
            t(in, out);
            UNROLL for (size_t i = 0; i < 6; i++) STORE(half + i * PLANE + v * WIDTH, out[i]);
        }
    }
}

/* points = half t^T: of each block, each row of `side` numbers to six. */
static inline __attribute__((always_inline)) void along(void (*const t)(const V *in, V *out),
                                                        const size_t side, const size_t vectors, size_t count,
                                                        const float *half, float *points, size_t block,
                                                        size_t point)
{
    ROLLED for (; count > 0; count--, half += 4 * LINE, points += block)
    {
        const float *from = half;
        float *first = points;
        ROLLED for (size_t i = 0; i < 6; i++, from += PLANE, first += 6 * point)
        {
            float *to[6];
            UNROLL for (size_t j = 0; j < 6; j++) to[j] = first + j * point;
            UNROLL for (size_t v = 0; v < vectors; v++)
            {
                V in[6], out[6];
                UNROLL for (size_t j = 0; j < side; j++) in[j] = LOAD(from + j * LINE + v * WIDTH);
                t(in, out);
                UNROLL for (size_t j = 0; j < 6; j++) STORE(to[j] + v * WIDTH, out[j]);
            }
        }
    }
}

/* Channels from c on of a row of blocks, whose pixels begin `border` above and to the left. */
static inline __attribute__((always_inline)) void channels_to_points(void (*const t)(const V *in, V *out),
                                                                     const size_t side, const size_t border,
                                                                     const size_t vectors, const nb_blocks *b,
                                                                     size_t c)
{
    float half[6 * PLANE];
    const float *x = b->image - border * (b->row + b->pixel) + c;
    for (size_t i = 0; i < b->count; i += BLOCKS_AT_ONCE) {
        const size_t left = b->count - i, count = left < BLOCKS_AT_ONCE ? left : BLOCKS_AT_ONCE;
        down(t, side, vectors, 4 * count + side - 4, x + 4 * i * b->pixel, b->pixel, b->row, half);
        along(t, side, vectors, count, half, b->points + i * b->block + c, b->block, b->point);
    }
}

/* Returns how many channels were whole vectors. */
static inline __attribute__((always_inline)) size_t
to_points(void (*const t)(const V *in, V *out), const size_t side, const size_t border, const nb_blocks *b)
{
    const size_t n = nb_padded(b->channels);
    size_t c = 0;
    for (; c + LINE <= n; c += LINE) channels_to_points(t, side, border, LINE / WIDTH, b, c);
    for (; c + WIDTH <= n; c += WIDTH) channels_to_points(t, side, border, 1, b, c);
    return c;
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

/* half = A^T points: each column of six points to four numbers. */
static inline __attribute__((always_inline)) void down_points(const size_t vectors, const float *points,
                                                              size_t point, float *half)
{
    ROLLED for (size_t j = 0; j < 6; j++, points += point, half += LINE)
    {
        const float *from[6];
        UNROLL for (size_t k = 0; k < 6; k++) from[k] = points + 6 * k * point;
        UNROLL for (size_t v = 0; v < vectors; v++)
        {
            V in[6], out[4];
            UNROLL for (size_t k = 0; k < 6; k++) in[k] = LOAD(from[k] + v * WIDTH);
            a_transposed(in, out);
            UNROLL for (size_t k = 0; k < 4; k++) STORE(half + 6 * k * LINE + v * WIDTH, out[k]);
        }
    }
}

/* block = half A, + bias; b->add: to what is there. */
static inline __attribute__((always_inline)) void along_pixels(const size_t vectors, const float *half,
                                                               const nb_blocks *b, size_t c, float *block)
{
    ROLLED for (size_t k = 0; k < 4; k++, half += 6 * LINE, block += b->row)
    {
        float *to[4];
        UNROLL for (size_t j = 0; j < 4; j++) to[j] = block + j * b->pixel;
        UNROLL for (size_t v = 0; v < vectors; v++)
        {
            V in[6], out[4];
            UNROLL for (size_t j = 0; j < 6; j++) in[j] = LOAD(half + j * LINE + v * WIDTH);
            a_transposed(in, out);
            if (b->bias) {
                const V bias = LOAD(b->bias + c + v * WIDTH);
                UNROLL for (size_t j = 0; j < 4; j++) out[j] = ADD(out[j], bias);
            }
            if (b->add) {
                UNROLL for (size_t j = 0; j < 4; j++) out[j] = ADD(LOAD(to[j] + v * WIDTH), out[j]);
            }
            UNROLL for (size_t j = 0; j < 4; j++) STORE(to[j] + v * WIDTH, out[j]);
        }
    }
}

static inline __attribute__((always_inline)) void channels_to_pixels(const size_t vectors, const nb_blocks *b,
                                                                     size_t c)
{
    float half[4 * 6 * LINE];
    for (size_t i = 0; i < b->count; i++) {
        down_points(vectors, b->points + i * b->block + c, b->point, half);
        along_pixels(vectors, half, b, c, b->image + 4 * i * b->pixel + c);
    }
}

static void winograd_output(const nb_blocks *b)
{
    const size_t n = nb_padded(b->channels);
    size_t c = 0;
    for (; c + LINE <= n; c += LINE) channels_to_pixels(LINE / WIDTH, b, c);
    for (; c + WIDTH <= n; c += WIDTH) channels_to_pixels(1, b, c);
#ifdef NARROWER
    if (c < n) {
        const nb_blocks rest = channels_from(b, c);
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
