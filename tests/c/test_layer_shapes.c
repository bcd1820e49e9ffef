/* test_layer_shapes.c - every layer at the sizes of layer_shapes.h: forward against its definition in plain C, and the
 * same bits, gradients included, from every variant of the kernels. test_layers_in_double.c checks the gradients. */
#include "layer_shapes.h"
#include "plain_layers.h"

static layer_run run;

/* One sample through the layer, with the parameters of the last run. */
static picture plain_layer(const layer_shape *shape, const picture *x, double t, size_t label)
{
    static float w[8192], b[8192];
    const nb_param *params = run.g.params;
    if (run.g.n_params > 0) nb_graph_read(&params[0], run.g.weights, w);
    if (run.g.n_params > 1) nb_graph_read(&params[1], run.g.weights, b);
    const size_t out = run.g.n_params > 0 ? params[0].cols : 0;
    const picture activated = plain_silu(x);
    if (shape->apply == linear_shape || shape->apply == conv_1x1_shape) return plain_conv(x, out, 1, w, b);
    if (shape->apply == conv_shape) return plain_conv(x, out, 3, w, b);
    if (shape->apply == conv_transpose_shape) return plain_conv_transpose(x, out, w, b);
    if (shape->apply == silu_shape) return activated;
    if (shape->apply == max_pool_shape) return plain_max_pool(x);
    if (shape->apply == upsample_shape) return plain_upsample(x);
    if (shape->apply == concat_shape) return plain_concat(x, &activated);
    if (shape->apply == add_shape) return plain_add(x, &activated);
    if (shape->apply == add_channels_shape) return plain_add_channels(&activated, t, w, b);
    if (shape->apply == embedding_shape) return plain_add_channels(&activated, 1.0, w + label * out, NULL);
    if (shape->apply == attention_shape) return plain_attention(x);
    const picture h = shape->apply == relu_shape ? plain_conv(x, out, 1, w, b) : plain_group_norm(x, w, b);
    return shape->apply == group_norm_shape ? h : plain_relu(&h);
}

/* Sample by sample; `worst` collects the largest difference, in units of the sample's largest output. */
static void compare_forward(const shape_case *s, const float *got, double *worst)
{
    const layer_case *c = &s->c;
    const size_t count = run.ends[0] / c->n;
    for (size_t k = 0; k < c->n; k++) {
        picture x = {c->channels, c->height, c->width, {0}};
        const size_t x_count = c->channels * plane(&x);
        for (size_t i = 0; i < x_count; i++) x.v[i] = (double)run.x[k * x_count + i];
        const picture y = plain_layer(s->shape, &x, (double)run.t[k], (size_t)run.labels[k]);
        REQUIRE(y.channels * plane(&y) == count, "%s: %zu numbers", c->name, count);
        gap g = {0};
        for (size_t i = 0; i < count; i++) gap_add(&g, (double)got[k * count + i], y.v[i]);
        const double relative = g.worst / larger(g.scale, 0.5);
        CHECK(relative <= 1e-6, "%s: %zu of %zux%zux%zu: forward is off by %g of %g", c->name, c->n,
              c->channels, c->height, c->width, g.worst, g.scale);
        *worst = larger(*worst, relative);
    }
}

int main(void)
{
    static float want[MOST_NUMBERS], got[MOST_NUMBERS], all[SHAPE_CASES];
    const char *names[16];
    nb_engine *engines[16];
    const size_t variants = nb_kernel_names(names, 16);
    for (size_t v = 0; v < variants; v++)
        REQUIRE(nb_engine_create(NB_MODE_EXACT, 1, names[v], &engines[v], NULL) == NB_OK, "%s", names[v]);
    double worst = 0.0;
    shape_case s;
    for (uint32_t i = 0; i < SHAPE_CASES; i++) {
        if (!shape_case_at(i, &s)) continue;
        for (size_t v = 0; v < variants; v++) {
            run_case(&s.c, engines[v], i, &run, v ? got : want);
            if (v == 0 && !s.twice) compare_forward(&s, want, &worst);
            CHECK(v == 0 || memcmp(want, got, run.count * sizeof *got) == 0,
                  "%s, %zu of %zux%zux%zu: %s differs from %s", s.c.name, s.c.n, s.c.channels, s.c.height,
                  s.c.width, names[v], names[0]);
            nb_graph_free(&run.g);
        }
        for (size_t k = 0; k < run.count; k++) all[i] += want[k];
    }
    printf("measured forward at odd sizes %.2g (limit 1e-6)\n", worst);
    bits("odd_sizes", all, sizeof all);
    for (size_t v = 0; v < variants; v++) nb_engine_destroy(engines[v]);
    return check_report();
}
