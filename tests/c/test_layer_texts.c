/* test_layer_texts.c - the layers of layer_texts.h against PyTorch in double; the same bits from every variant of the kernels and
 * any number of threads. */
#include "text_run.h"

static text_run run, other;

static void test_against_golden(nb_engine *engine, bool exact)
{
    double worst = 0.0;
    for (uint32_t i = 0; i < LAYER_TEXTS; i++) {
        char name[64];
        snprintf(name, sizeof name, "text_%s", layer_texts[i].name);
        nb_array want = golden(name);
        text_begin(&run, &layer_texts[i], engine, i);
        text_pass(&run);
        const size_t count = run.ends[run.parts - 1];
        CHECK(count == nb_array_count(&want), "%s: %zu numbers, not %zu", name, count, nb_array_count(&want));
        for (size_t part = 0, k = 0; part < run.parts && count == nb_array_count(&want); part++) {
            gap g = {0};
            for (; k < run.ends[part]; k++) gap_add(&g, (double)run.numbers[k], entry(&want, k));
            CHECK(g.worst <= 2e-6 * g.scale, "%s, part %zu: off by %g of %g", name, part, g.worst, g.scale);
            if (g.scale > 0.0) worst = larger(worst, g.worst / g.scale);
        }
        if (exact) bits(name, run.numbers, count * sizeof *run.numbers);
        nb_model_destroy(run.model);
        free(want.data);
    }
    printf("measured layers in text, %s %.2g (limit 2e-6)\n", nb_engine_kernels(engine), worst);
    nb_engine_destroy(engine);
}

static void test_same_bits(void)
{
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    const int threads[] = {1, 2, 3};
    for (uint32_t i = 0; i < LAYER_TEXTS; i++) {
        for (size_t v = 0; v < variants * 3; v++) {
            nb_engine *engine = NULL;
            if (nb_engine_create(NB_MODE_EXACT, threads[v % 3], names[v / 3], &engine, NULL) != NB_OK)
                continue;
            text_run *r = v == 0 ? &run : &other;
            text_begin(r, &layer_texts[i], engine, i);
            text_pass(r);
            CHECK(v == 0 || memcmp(run.numbers, other.numbers, run.ends[run.parts - 1] * sizeof(float)) == 0,
                  "%s: %s with %d threads differs", layer_texts[i].name, names[v / 3], threads[v % 3]);
            nb_model_destroy(r->model);
            nb_engine_destroy(engine);
        }
    }
}

/* What two numbers are, is no matter where there is one, or three. */
static void test_axes_of_reshape(void)
{
    static const struct {
        const char *call;
        int rank, shape[3];
    } cases[] = {{"call reshape 0 size_1=24 axes=series\n", 1, {24}},
                 {"call reshape 0 size_1=4 size_2=6 axes=series\n", 2, {4, 6}},
                 {"call reshape 0 size_1=4 size_2=2 size_3=3 axes=series\n", 3, {4, 2, 3}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "input x x image 2 3 4\n%soutput y 1\n", cases[i].call);
        nb_network *net = NULL;
        nb_error err = {0};
        REQUIRE(nb_network_read(text, &net, &err) == NB_OK, "%s%s", cases[i].call, err.message);
        const nb_value_shape shape = nb_network_shape(net, 1);
        CHECK(shape.rank == cases[i].rank, "%s: rank %d", cases[i].call, shape.rank);
        for (int d = 0; d < cases[i].rank; d++)
            CHECK(shape.shape[d] == cases[i].shape[d], "%s: size %d is %d", cases[i].call, d, shape.shape[d]);
        nb_network_destroy(net);
    }
}

int main(void)
{
    nb_engine *fast = NULL;
    REQUIRE(nb_engine_create(NB_MODE_FAST, 1, NULL, &fast, NULL) == NB_OK, "no fast engine");
    test_against_golden(new_engine(), true);
    test_against_golden(fast, false);
    test_same_bits();
    test_axes_of_reshape();
    return check_report();
}
