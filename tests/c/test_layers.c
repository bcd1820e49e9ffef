/* test_layers.c - every layer, forward and backward, against PyTorch in double; the same bits from every variant and any
 * number of threads. */
#include "layer_cases.h"
#include "text_run.h"

static layer_run run;

static void test_against_golden(nb_engine *engine, bool exact)
{
    const double limit = exact ? 2e-6 : 3e-6;
    static float got[MOST_NUMBERS];
    double worst = 0.0;
    for (uint32_t i = 0; i < CASES; i++) {
        char name[64];
        snprintf(name, sizeof name, "layer_%s", cases[i].name);
        nb_array want = golden(name);
        run_case(&cases[i], engine, i, &run, got);
        nb_graph_free(&run.g);
        const size_t count = run.count;
        CHECK(count == nb_array_count(&want), "%s: %zu numbers, not %zu", name, count, nb_array_count(&want));
        gap all = {0};
        for (size_t k = 0; k < count; k++) gap_add(&all, (double)got[k], entry(&want, k));
        for (size_t part = 0, k = 0; k < count; part++) {
            gap g = {0};
            for (; k < run.ends[part]; k++) gap_add(&g, (double)got[k], entry(&want, k));
            /* The bias of a convolution before a norm has no gradient but rounding errors. */
            const double scale = larger(g.scale, 0.1 * all.scale);
            CHECK(g.worst <= limit * scale, "%s, part %zu: off by %g of %g", name, part, g.worst, g.scale);
            worst = larger(worst, g.worst / scale);
        }
        if (exact) bits(name, got, count * sizeof *got);
        free(want.data);
    }
    printf("measured layers, %s %.2g (limit %.0e)\n", nb_engine_kernels(engine), worst, limit);
    nb_engine_destroy(engine);
}

/* Every variant and 1, 2, 3 and 8 threads. */
static void test_same_bits(void)
{
    static float want[MOST_NUMBERS], got[MOST_NUMBERS];
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    const int threads[] = {1, 2, 3, 8};
    for (uint32_t i = 0; i < CASES; i++) {
        for (size_t v = 0; v < variants; v++) {
            for (int k = 0; k < 4; k++) {
                nb_engine *engine = NULL;
                if (nb_engine_create(NB_MODE_EXACT, threads[k], names[v], &engine, NULL) != NB_OK) continue;
                const bool first = v == 0 && k == 0;
                run_case(&cases[i], engine, i, &run, first ? want : got);
                nb_graph_free(&run.g);
                CHECK(first || memcmp(want, got, run.count * sizeof *got) == 0,
                      "%s: %s with %d threads differs", cases[i].name, names[v], threads[k]);
                nb_engine_destroy(engine);
            }
        }
    }
}

/* Whoever adds a layer adds a case, and golden numbers for it. */
static void test_every_layer_has_a_case(void)
{
    static float got[MOST_NUMBERS];
    bool seen[64] = {false};
    nb_engine *engine = new_engine();
    for (uint32_t i = 0; i < CASES; i++) {
        run_case(&cases[i], engine, i, &run, got);
        for (int l = 0; l < run.g.n_layers; l++) {
            for (size_t k = 0; nb_layers[k] && k < 64; k++) seen[k] |= run.g.layers[l].kind == nb_layers[k];
        }
        nb_graph_free(&run.g);
    }
    for (uint32_t i = 0; i < LAYER_TEXTS; i++) {
        static text_run text;
        text_begin(&text, &layer_texts[i], engine, i);
        const nb_graph *g = &text.model->graph;
        for (int l = 0; l < g->n_layers; l++) {
            for (size_t k = 0; nb_layers[k] && k < 64; k++) seen[k] |= g->layers[l].kind == nb_layers[k];
        }
        nb_model_destroy(text.model);
    }
    for (size_t k = 0; nb_layers[k]; k++)
        CHECK(k < 64 && seen[k], "no case for %s: layer_cases.h or layer_texts.h", nb_layers[k]->name);
    nb_engine_destroy(engine);
}

/* What is said of a layer must hold together. */
static void test_descriptors(void)
{
    for (size_t k = 0; nb_layers[k]; k++) {
        const nb_layer_kind *l = nb_layers[k];
        CHECK(l->name && l->name[0] && l->forward, "layer %zu has no name or no forward", k);
        CHECK(l->inputs >= 0 && l->inputs <= NB_INPUTS, "%s has %d inputs", l->name, l->inputs);
        CHECK(l->inputs > 0 || (l->shape && !l->backward), "%s has no inputs and no shape", l->name);
        CHECK(!l->faster || (l->faster->fits && l->faster->inputs == l->inputs), "%s has an odd substitute",
              l->name);
        CHECK(!l->reads_out || l->backward, "%s has nothing that reads its output", l->name);
        for (size_t j = 0; j < k; j++) CHECK(strcmp(l->name, nb_layers[j]->name) != 0, "%s twice", l->name);
    }
}

int main(void)
{
    nb_engine *exact = new_engine(), *fast = NULL;
    REQUIRE(nb_engine_create(NB_MODE_FAST, 1, NULL, &fast, NULL) == NB_OK, "no fast engine");
    test_against_golden(exact, true);
    test_against_golden(fast, false);
    test_same_bits();
    test_every_layer_has_a_case();
    test_descriptors();
    return check_report();
}
