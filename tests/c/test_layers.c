/* test_layers.c - every layer, forward and backward, against PyTorch in double; the convolution's kernel against
 * plain C; the same bits from every variant and any number of threads.
 *
 * Each case is a small network around one layer, the same as in tests/golden/make_golden_unet.py. */
#include "check.h"
#include "models/graph.h"

/* ---- The cases ------------------------------------------------------------------------------------------ */

typedef struct net {
    nb_graph *g;
    nb_value x, t;
    size_t height, width, channels;
} net;

static void begin(net *n, size_t t_width)
{
    n->x = nb_graph_image(n->g, n->height, n->width, n->channels);
    n->t = nb_graph_input(n->g, t_width, false);
}

static nb_module conv(net *n, size_t in, size_t out) { return nb_graph_conv(n->g, "conv", in, out, 3); }

static nb_value build_conv(net *n, size_t out, size_t side)
{
    const nb_module m = nb_graph_conv(n->g, "conv", n->channels, out, side);
    begin(n, 1);
    return nb_graph_apply(n->g, m, n->x);
}

static nb_value conv_5(net *n) { return build_conv(n, 5, 3); }
static nb_value conv_24(net *n) { return build_conv(n, 24, 3); }
static nb_value conv_16(net *n) { return build_conv(n, 16, 3); }
static nb_value conv_1x1(net *n) { return build_conv(n, 3, 1); }
static nb_value conv_relu(net *n) { return nb_graph_relu(n->g, build_conv(n, 5, 1)); }

static nb_value conv_transpose(net *n)
{
    const nb_module m = nb_graph_conv_transpose(n->g, "up", 6, 3);
    begin(n, 1);
    return nb_graph_apply(n->g, m, n->x);
}

static nb_value group_norm(net *n)
{
    const nb_module m = nb_graph_group_norm(n->g, "norm", 16);
    begin(n, 1);
    return nb_graph_apply(n->g, m, n->x);
}

static nb_value group_norm_relu(net *n)
{
    const nb_module a = conv(n, 3, 24), norm = nb_graph_group_norm(n->g, "norm", 24);
    const nb_module b = nb_graph_conv(n->g, "conv", 24, 2, 1);
    begin(n, 1);
    const nb_value h = nb_graph_relu(n->g, nb_graph_apply(n->g, norm, nb_graph_apply(n->g, a, n->x)));
    return nb_graph_apply(n->g, b, h);
}

static nb_value silu(net *n)
{
    const nb_module a = conv(n, 3, 6), b = conv(n, 6, 2);
    begin(n, 1);
    return nb_graph_apply(n->g, b, nb_graph_silu(n->g, nb_graph_apply(n->g, a, n->x)));
}

static nb_value max_pool(net *n)
{
    begin(n, 1);
    return nb_graph_max_pool(n->g, n->x);
}

static nb_value max_pool_odd(net *n)
{
    const nb_module a = conv(n, 3, 4);
    begin(n, 1);
    return nb_graph_apply(n->g, a, nb_graph_max_pool(n->g, n->x));
}

static nb_value upsample(net *n)
{
    begin(n, 1);
    return nb_graph_upsample(n->g, n->x);
}

static nb_value concat(net *n)
{
    const nb_module a = conv(n, 3, 5), b = conv(n, 8, 2);
    begin(n, 1);
    return nb_graph_apply(n->g, b, nb_graph_concat(n->g, n->x, nb_graph_apply(n->g, a, n->x)));
}

static nb_value residual(net *n)
{
    const nb_module a = conv(n, 6, 6), b = conv(n, 6, 6);
    begin(n, 1);
    const nb_value h = nb_graph_add(n->g, nb_graph_apply(n->g, a, n->x), n->x);
    return nb_graph_add(n->g, nb_graph_apply(n->g, b, h), h);
}

static nb_value add_channels(net *n)
{
    const nb_module a = conv(n, 3, 6), time = nb_graph_linear(n->g, "time", 1, 6), b = conv(n, 6, 2);
    begin(n, 1);
    const nb_value h = nb_graph_relu(n->g, nb_graph_apply(n->g, a, n->x));
    return nb_graph_apply(n->g, b, nb_graph_add_channels(n->g, h, nb_graph_apply(n->g, time, n->t)));
}

static nb_value sinusoidal(net *n)
{
    const nb_module a = conv(n, 1, 5), time = nb_graph_linear(n->g, "time", 10, 5);
    begin(n, 1);
    const nb_value e = nb_graph_apply(n->g, time, nb_graph_sinusoidal(n->g, n->t, 10));
    return nb_graph_add_channels(n->g, nb_graph_apply(n->g, a, n->x), e);
}

static nb_value embedding(net *n)
{
    const nb_module a = conv(n, 1, 5), table = nb_graph_embedding(n->g, "table", 4, 5);
    begin(n, 1);
    return nb_graph_add_channels(n->g, nb_graph_apply(n->g, a, n->x), nb_graph_classes(n->g, table));
}

static nb_value u(net *n)
{
    const nb_module a = conv(n, 3, 4), b = conv(n, 8, 3);
    begin(n, 1);
    const nb_value h = nb_graph_apply(n->g, a, n->x);
    const nb_value low = nb_graph_upsample(n->g, nb_graph_max_pool(n->g, h));
    return nb_graph_apply(n->g, b, nb_graph_concat(n->g, low, h));
}

static nb_value block(net *n)
{
    nb_graph *g = n->g;
    const nb_module conv1 = conv(n, 3, 8), conv2 = conv(n, 8, 8), time = nb_graph_linear(g, "time", 7, 8);
    const nb_module norm1 = nb_graph_group_norm(g, "norm", 8), norm2 = nb_graph_group_norm(g, "norm", 8);
    const nb_module shortcut = nb_graph_conv(g, "shortcut", 3, 8, 1);
    begin(n, 7);
    nb_value h = nb_graph_relu(g, nb_graph_apply(g, norm1, nb_graph_apply(g, conv1, n->x)));
    h = nb_graph_add_channels(g, h, nb_graph_apply(g, time, n->t));
    h = nb_graph_relu(g, nb_graph_apply(g, norm2, nb_graph_apply(g, conv2, h)));
    return nb_graph_add(g, h, nb_graph_apply(g, shortcut, n->x));
}

static nb_value attention(net *n)
{
    nb_graph *g = n->g;
    const nb_module norm = nb_graph_group_norm(g, "norm", 8), qkv = nb_graph_conv(g, "qkv", 8, 24, 1);
    const nb_module proj = nb_graph_conv(g, "proj", 8, 8, 1);
    begin(n, 1);
    const nb_value h = nb_graph_apply(g, qkv, nb_graph_apply(g, norm, n->x));
    return nb_graph_add(g, nb_graph_apply(g, proj, nb_graph_attention(g, h)), n->x);
}

typedef struct layer_case {
    const char *name;
    size_t n, channels, height, width;
    nb_value (*build)(net *n);
    size_t t_width;
} layer_case;

/* In the golden script's order: the index is the seed. */
static const layer_case cases[] = {{"conv", 3, 3, 5, 7, conv_5, 1},
                                   {"conv_wide", 2, 16, 4, 6, conv_24, 1},
                                   {"conv_grey", 5, 1, 6, 6, conv_16, 1},
                                   {"conv_1x1", 2, 7, 4, 5, conv_1x1, 1},
                                   {"conv_transpose", 2, 6, 5, 6, conv_transpose, 1},
                                   {"group_norm", 2, 16, 5, 3, group_norm, 1},
                                   {"group_norm_relu", 2, 3, 6, 5, group_norm_relu, 1},
                                   {"relu", 2, 3, 3, 5, conv_relu, 1},
                                   {"silu", 2, 3, 4, 3, silu, 1},
                                   {"max_pool", 2, 3, 6, 8, max_pool, 1},
                                   {"max_pool_odd", 2, 3, 7, 5, max_pool_odd, 1},
                                   {"upsample", 2, 3, 3, 5, upsample, 1},
                                   {"concat", 2, 3, 4, 4, concat, 1},
                                   {"residual", 2, 6, 4, 5, residual, 1},
                                   {"add_channels", 3, 3, 5, 4, add_channels, 1},
                                   {"sinusoidal", 6, 1, 4, 4, sinusoidal, 1},
                                   {"embedding", 9, 1, 2, 3, embedding, 1},
                                   {"u", 2, 3, 4, 6, u, 1},
                                   {"block", 2, 3, 4, 4, block, 7},
                                   {"attention", 2, 8, 3, 5, attention, 1}};
enum { CASES = sizeof cases / sizeof *cases, MOST = 16384 };

/* ---- Running one: forward, d_x and all gradients, one after the other ------------------------------------- */

static void draw_norms(nb_graph *g, nb_rng *rng)
{
    for (int i = 0; i < g->n_params; i++) {
        if (g->params[i].kind != NB_PARAM_NORM) continue;
        for (int k = i; k < i + 2; k++) {
            float values[64];
            nb_torch_randn(rng, g->params[k].cols, values);
            nb_graph_write(&g->params[k], g->weights, values);
        }
    }
}

static size_t ends[NB_MOST_PARAMS + 2]; /* where each part of the last run ends: forward, d_x, gradients */

static size_t run_case(const layer_case *c, const nb_engine *engine, uint32_t seed, float *out)
{
    static float x[MOST], t[MOST], d_eps[MOST];
    int32_t steps[16], labels[16];
    static nb_graph g;
    net n = {.g = &g, .height = c->height, .width = c->width, .channels = c->channels};
    nb_rng *rng = new_rng(seed);
    nb_error err = {0};
    nb_graph_begin(&g, engine, c->n);
    const nb_value eps = c->build(&n);
    REQUIRE(nb_graph_finish(&g, n.x, n.t, eps, rng, &err) == NB_OK, "%s", err.message);
    draw_norms(&g, rng);
    const size_t x_count = c->n * c->channels * c->height * c->width;
    const nb_value_info *e = &g.values[eps];
    const size_t eps_count = c->n * e->height * e->width * e->channels;
    nb_torch_randn(rng, x_count, x);
    nb_torch_randint(rng, 0, 1000, c->n, steps);
    nb_torch_randint(rng, 0, 4, c->n, labels);
    nb_torch_randn(rng, eps_count, d_eps);
    for (size_t i = 0; i < c->n * c->t_width; i++)
        t[i] = (float)steps[i / c->t_width] / (c->t_width > 1 ? 1000.0F : 1.0F);
    nb_graph_forward(&g, c->n, x, t, labels, out);
    nb_graph_backward(&g, d_eps, out + eps_count);
    size_t count = eps_count + x_count;
    ends[0] = eps_count;
    ends[1] = count;
    for (int i = 0; i < g.n_params; i++) {
        nb_graph_read(&g.params[i], g.grads, out + count);
        count += g.params[i].rows * g.params[i].cols;
        ends[2 + i] = count;
    }
    nb_graph_free(&g);
    nb_rng_destroy(rng);
    return count;
}

static void test_against_golden(nb_engine *engine, bool exact)
{
    static float got[MOST];
    double worst = 0.0;
    for (uint32_t i = 0; i < CASES; i++) {
        char name[64];
        snprintf(name, sizeof name, "layer_%s", cases[i].name);
        nb_array want = golden(name);
        const size_t count = run_case(&cases[i], engine, i, got);
        CHECK(count == nb_array_count(&want), "%s: %zu numbers, not %zu", name, count, nb_array_count(&want));
        gap all = {0};
        for (size_t k = 0; k < count; k++) gap_add(&all, (double)got[k], entry(&want, k));
        for (size_t part = 0, k = 0; k < count; part++) {
            gap g = {0};
            for (; k < ends[part]; k++) gap_add(&g, (double)got[k], entry(&want, k));
            /* The bias of a convolution before a norm has no gradient but rounding errors. */
            const double scale = fmax(g.scale, 0.1 * all.scale);
            CHECK(g.worst <= 1.5e-6 * scale, "%s, part %zu: off by %g of %g", name, part, g.worst, g.scale);
            worst = fmax(worst, g.worst / scale);
        }
        if (exact) bits(name, got, count * sizeof *got);
        free(want.data);
    }
    printf("measured layers, %s %.2g (limit 1.5e-6)\n", nb_engine_kernels(engine), worst);
    nb_engine_destroy(engine);
}

/* Every variant and 1, 2, 3 and 8 threads. */
static void test_same_bits(void)
{
    static float want[MOST], got[MOST];
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    const int threads[] = {1, 2, 3, 8};
    for (uint32_t i = 0; i < CASES; i++) {
        for (size_t v = 0; v < variants; v++) {
            for (int k = 0; k < 4; k++) {
                nb_engine *engine = NULL;
                if (nb_engine_create(NB_MODE_EXACT, threads[k], names[v], &engine, NULL) != NB_OK) continue;
                const bool first = v == 0 && k == 0;
                const size_t count = run_case(&cases[i], engine, i, first ? want : got);
                CHECK(first || memcmp(want, got, count * sizeof *got) == 0, "%s: %s with %d threads differs",
                      cases[i].name, names[v], threads[k]);
                nb_engine_destroy(engine);
            }
        }
    }
}

/* ---- The kernel of the convolution ------------------------------------------------------------------------ */

static uint32_t state = 1;

static float next(void)
{
    state = state * 1664525U + 1013904223U;
    return (float)((double)state * 0x1p-31 - 1.0);
}

enum { ROOM = 20000 };

/* c of one case; what lies beside it must stay as it was, and is compared as well. */
static void run_blocks(const nb_kernels *kernels, size_t m, size_t n, size_t k, bool flipped, float *c)
{
    static float a[ROOM], b[ROOM], row[256];
    state = (uint32_t)(m * 1000 + n * 10 + k);
    for (size_t i = 0; i < ROOM; i++) {
        a[i] = next();
        b[i] = next();
        c[i] = next();
    }
    for (size_t i = 0; i < 256; i++) row[i] = next();
    const size_t b_row = nb_padded(n), pixel = nb_padded(k);
    const ptrdiff_t sign = flipped ? -1 : 1, line = (ptrdiff_t)((m + 1) * pixel);
    const nb_gemm_blocks s = {.g = {.m = m,
                                    .n = n,
                                    .k = k,
                                    .a = a + ROOM / 2,
                                    .a_row = pixel,
                                    .a_step = 1,
                                    .b = b,
                                    .b_row = b_row,
                                    .c = c + 4,
                                    .c_row = b_row + 4,
                                    .row = m % 2 ? row : NULL,
                                    .accumulate = flipped},
                              .rows = 3,
                              .columns = 2,
                              .a_y = sign * line,
                              .a_x = sign * (ptrdiff_t)pixel,
                              .b_y = 2 * k * b_row,
                              .b_x = k * b_row};
    kernels->gemm_blocks(&s);
}

static size_t compare_blocks(const nb_kernels *kernels)
{
    static float want[ROOM], got[ROOM];
    static const size_t rows[] = {0, 1, 2, 3, 5, 6, 7, 8, 9, 13, 17},
                        columns[] = {1, 3, 4, 5, 8, 12, 16, 17, 33, 49};
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t j = 0; j < sizeof columns / sizeof *columns; j++) {
            for (size_t k = 0; k < 6; k++) {
                run_blocks(&nb_kernels_scalar, rows[i], columns[j], k, k % 2, want);
                run_blocks(kernels, rows[i], columns[j], k, k % 2, got);
                count += memcmp(want, got, sizeof want) != 0;
            }
        }
    }
    return count;
}

/* A fault that must be found: the last block left out. */
static void one_block_short(const nb_gemm_blocks *s)
{
    nb_gemm_blocks fewer = *s;
    fewer.columns -= s->g.m == 13;
    nb_kernels_scalar.gemm_blocks(&fewer);
}

static void test_kernel(void)
{
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    for (size_t v = 0; v < variants; v++) {
        nb_engine *engine = NULL;
        REQUIRE(nb_engine_create(NB_MODE_EXACT, 1, names[v], &engine, NULL) == NB_OK, "%s", names[v]);
        const size_t count = compare_blocks(engine->kernels);
        CHECK(count == 0, "%s: %zu cases of gemm_blocks differ from scalar", names[v], count);
        nb_engine_destroy(engine);
    }
    nb_kernels faulty = nb_kernels_scalar;
    faulty.gemm_blocks = one_block_short;
    CHECK(compare_blocks(&faulty) > 0, "a block left out went unnoticed");
}

int main(void)
{
    nb_engine *exact = new_engine(), *fast = NULL;
    REQUIRE(nb_engine_create(NB_MODE_FAST, 1, NULL, &fast, NULL) == NB_OK, "no fast engine");
    test_against_golden(exact, true);
    test_against_golden(fast, false);
    test_same_bits();
    test_kernel();
    return check_report();
}
