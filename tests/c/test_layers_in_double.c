/* test_layers_in_double.c - every layer's gradients against central differences: of every input and every parameter in
 * the networks of layer_cases.h, and of some of each at the sizes of layer_shapes.h. Wrong gradients are found. */
#include "differences.h"
#include "layer_shapes.h"

static number numbers[MOST_NUMBERS];
static size_t compared;

/* `most` numbers of each tensor. */
static void test_case(const layer_case *c, const nb_engine *engine, uint32_t seed, size_t most, bool faults)
{
    static nb_graph g;
    nb_rng *rng = new_rng(seed);
    build_case(c, &g, engine, rng);
    problem p = problem_begin(&g, c->n, 3.0, rng);
    char name[96];
    snprintf(name, sizeof name, "%s, %zu of %zux%zux%zu", c->name, c->n, c->channels, c->height, c->width);
    const size_t count = take_differences(&p, most, numbers);
    check_differences(name, &p, numbers, count);
    if (faults) check_faults(name, &p, numbers, count);
    compared += count;
    problem_end(&p);
    nb_graph_free(&g);
    nb_rng_destroy(rng);
}

int main(void)
{
    nb_engine engine = plain_engine();
    /* All of every tensor but the weight of conv_wide. */
    for (uint32_t i = 0; i < CASES; i++) test_case(&cases[i], &engine, i, 1000, true);
    printf("measured %zu gradients of layers\n", compared);
    shape_case s;
    for (size_t i = 0; i < SHAPE_CASES; i++) {
        if (shape_case_at(i, &s)) test_case(&s.c, &engine, (uint32_t)i, 4, false);
    }
    printf("measured %zu gradients with those at odd sizes\n", compared);
    printf("measured differences %.2g (limit %.2g)\n", difference_worst, difference_limit);
    nb_pool_destroy(engine.pool);
    return check_report();
}
