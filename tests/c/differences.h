/* differences.h - gradients against central differences, in double (in_double.h).
 *
 * The loss is L = sum of d_eps eps with random d_eps, so that backward returns dL/dx and dL/dp. With
 * D(h) = (L(v + h) - L(v - h)) / 2h, (4 D(h) - D(2h)) / 3 is exact to h^4, and rounding leaves about 1e-10, and of a whole
 * network 1e-8 of its smallest gradients. Where a ReLU
 * or a maximum changes sides within 2h there is no derivative to compare with: D(h) and D(2h) differ, and that number
 * is left out. Whether it is depends on forward alone, so no wrong gradient hides there. */
#ifndef NB_TESTS_DIFFERENCES_H
#define NB_TESTS_DIFFERENCES_H

#include "base/box_muller.h"
#include "base/math.h"
#include "check.h"
#include "kernels/engine.h"
#include "models/graph.h"

_Static_assert(sizeof(float) == 8, "build this with in_double.h");

#ifndef DIFFERENCE_LIMIT
#define DIFFERENCE_LIMIT 1e-8
#endif
static const double difference_limit = DIFFERENCE_LIMIT; /* of a tensor's largest gradient */
static double difference_worst;                          /* that was seen */

/* Plain loops on one thread: what would choose vectors is not in this build. */
static inline nb_engine plain_engine(void)
{
    nb_engine engine = {&nb_kernels_scalar, nb_pool_create(1)};
    REQUIRE(engine.pool != NULL, "no memory");
    return engine;
}

/* PyTorch's own reads a float's bits; here any normal values will do. */
void nb_box_muller_16(float *v)
{
    for (int i = 0; i < 8; i++) {
        const double radius = sqrt(-2.0 * nb_log(1.0 - v[i]));
        double s, c;
        nb_sincos(2.0 * NB_PI * v[i + 8], &s, &c);
        v[i] = radius * c;
        v[i + 8] = radius * s;
    }
}

/* A network with its input, and what the loss weighs its output by. */
typedef struct problem {
    nb_graph *g;
    size_t n, x_count, eps_count;
    double *x, *t, *eps, *above, *d_eps, *d_x;
    int32_t *labels;
} problem;

/* One number that the loss depends on: where it lies, and where backward leaves its gradient. */
typedef struct number {
    double *value;
    const double *gradient;
    size_t tensor; /* 0: x; 1 + i: parameter i */
    double difference, roughness;
} number;

static inline size_t count_in(const nb_graph *g, nb_value v)
{
    return g->values[v].height * g->values[v].width * g->values[v].channels;
}

static inline double *new_doubles(size_t count)
{
    double *values = calloc(count ? count : 1, sizeof *values);
    REQUIRE(values != NULL, "no memory");
    return values;
}

/* x and d_eps normal, t in 0..t_scale, labels of all classes. */
static inline problem problem_begin(nb_graph *g, size_t n, double t_scale, nb_rng *rng)
{
    problem p = {.g = g, .n = n, .x_count = n * count_in(g, g->x), .eps_count = n * g->out_size};
    const size_t t_count = n * count_in(g, g->t);
    p.x = new_doubles(p.x_count);
    p.d_x = new_doubles(p.x_count);
    p.t = new_doubles(t_count);
    p.eps = new_doubles(p.eps_count);
    p.above = new_doubles(p.eps_count);
    p.d_eps = new_doubles(p.eps_count);
    p.labels = calloc(n, sizeof *p.labels);
    REQUIRE(p.labels != NULL, "no memory");
    nb_numpy_randn(rng, p.x_count, p.x);
    nb_numpy_randn(rng, p.eps_count, p.d_eps);
    nb_numpy_uniform(rng, t_count, 0.0, t_scale, p.t, NULL);
    for (size_t i = 0; g->classes && i < n; i++) p.labels[i] = (int32_t)((i + 1) % g->classes);
    return p;
}

static inline void problem_end(problem *p)
{
    free(p->x);
    free(p->d_x);
    free(p->t);
    free(p->eps);
    free(p->above);
    free(p->d_eps);
    free(p->labels);
}

static inline void run_forward(const problem *p, double *eps)
{
    nb_graph_weights_changed(p->g); /* a weight may have been moved */
    nb_graph_forward(p->g, p->n, &(nb_inputs){p->x, p->t, p->g->classes ? p->labels : NULL, NULL}, eps);
}

static inline void run_backward(const problem *p)
{
    run_forward(p, p->eps);
    nb_graph_backward(p->g, p->d_eps, p->d_x, NULL);
}

/* (L(v + h) - L(v - h)) / 2h. The outputs are subtracted, not the sums, whose rounding would show. */
static inline double difference_of(const problem *p, double *value, double h)
{
    const double kept = *value;
    *value = kept + h;
    run_forward(p, p->above);
    *value = kept - h;
    run_forward(p, p->eps);
    *value = kept;
    double sum = 0.0;
    for (size_t i = 0; i < p->eps_count; i++) sum += p->d_eps[i] * (p->above[i] - p->eps[i]);
    return sum / (2.0 * h);
}

/* At most `most` numbers of x and of each parameter, evenly spread, with their differences; returns how many. */
static inline size_t take_differences(const problem *p, size_t most, number *out)
{
    const double h = 2e-5;
    size_t count = 0;
    for (size_t tensor = 0; tensor <= (size_t)p->g->n_params; tensor++) {
        const nb_param *w = tensor ? &p->g->params[tensor - 1] : NULL;
        const size_t all = w ? w->rows * w->cols : p->x_count, taken = all < most ? all : most;
        for (size_t k = 0; k < taken; k++) {
            const size_t i = k * all / taken, at = w ? w->offset + nb_graph_param_at(w, i) : i;
            number v = {.value = (w ? p->g->weights : p->x) + at,
                        .gradient = (w ? p->g->grads : p->d_x) + at,
                        .tensor = tensor};
            const double near_it = difference_of(p, v.value, h), around = difference_of(p, v.value, 2.0 * h);
            v.difference = (4.0 * near_it - around) / 3.0;
            v.roughness = fabs(near_it - around);
            out[count++] = v;
        }
    }
    return count;
}

/* How far the gradients are from the differences, in units of each tensor's largest. A tensor whose gradients are all but
 * zero, as of a bias before a norm that takes it out again, is measured by the others'. */
static inline double worst_gap(const number *numbers, size_t count, size_t *left_out)
{
    double largest = 0.01, worst = 0.0; /* x and d_eps are about 1 */
    for (size_t i = 0; i < count; i++) largest = larger(largest, fabs(numbers[i].difference));
    *left_out = 0;
    for (size_t first = 0, end; first < count; first = end) {
        double scale = 0.01 * largest;
        for (end = first; end < count && numbers[end].tensor == numbers[first].tensor; end++)
            scale = larger(scale, fabs(numbers[end].difference));
        for (size_t i = first; i < end; i++) {
            const double off = fabs(*numbers[i].gradient - numbers[i].difference) / scale;
            if (numbers[i].roughness > difference_limit * scale)
                ++*left_out;
            else
                worst = larger(worst, off);
        }
    }
    return worst;
}

/* The right gradients pass. */
static inline void check_differences(const char *name, const problem *p, const number *numbers, size_t count)
{
    size_t left_out;
    run_backward(p);
    const double worst = worst_gap(numbers, count, &left_out);
    difference_worst = larger(difference_worst, worst);
    CHECK(worst <= difference_limit, "%s: a gradient is off by %g of its tensor's largest", name, worst);
    CHECK(left_out <= count / 20 + 1, "%s: %zu of %zu numbers are near a kink", name, left_out, count);
}

/* ---- Wrong gradients, which must be found ------------------------------------------------------------------ */

static nb_layer_fn *right; /* what a fault does first */

static inline void scale_tensor(nb_tensor t, size_t rows, double factor)
{
    for (size_t s = 0; s < rows; s++) {
        for (size_t i = 0; i < t.height * t.width; i++) {
            double *pixel = t.data + s * t.sample + i / t.width * t.row + i % t.width * t.pixel;
            for (size_t c = 0; c < t.channels; c++) pixel[c] *= factor;
        }
    }
}

static inline void scaled_backward(const nb_layer_args *a, double factor)
{
    right(a);
    for (int k = 0; k < NB_INPUTS; k++) {
        bool again = false; /* x times x: once is enough */
        for (int i = 0; i < k; i++) again = again || a->d_in[i].data == a->d_in[k].data;
        if (a->d_in[k].data && !again) scale_tensor(a->d_in[k], a->rows, factor);
    }
}

static inline void flipped_backward(const nb_layer_args *a) { scaled_backward(a, -1.0); }
static inline void nearly_right_backward(const nb_layer_args *a) { scaled_backward(a, 1.0 + 1e-6); }

static inline void scaled_gradient(const nb_layer_args *a, double factor)
{
    scale_tensor(a->d_out, a->rows, factor);
    right(a);
    scale_tensor(a->d_out, a->rows, 1.0 / factor);
}

static inline void flipped_gradient(const nb_layer_args *a) { scaled_gradient(a, -1.0); }
static inline void nearly_right_gradient(const nb_layer_args *a) { scaled_gradient(a, 1.0 + 1e-6); }

/* Every layer in turn with a fault in its backward pass, or in its parameters' gradient. */
static inline void check_faults(const char *name, const problem *p, const number *numbers, size_t count)
{
    nb_layer_fn *const faults[2][2] = {{flipped_backward, nearly_right_backward},
                                       {flipped_gradient, nearly_right_gradient}};
    for (int i = 0; i < p->g->n_layers; i++) {
        nb_layer *l = &p->g->layers[i];
        const bool inside = l->in[0] >= 0 && p->g->values[l->in[0]].needs_grad; /* not a layer of t */
        for (int k = inside ? 0 : 2; k < 4; k++) {
            const nb_layer_kind *const kind = l->kind;
            nb_layer_kind wrong = *kind;
            nb_layer_fn **const place = k < 2 ? &wrong.backward : &wrong.gradient;
            right = *place;
            if (right == NULL) continue;
            size_t left_out;
            *place = faults[k / 2][k % 2];
            l->kind = &wrong;
            run_backward(p);
            l->kind = kind;
            CHECK(worst_gap(numbers, count, &left_out) > difference_limit,
                  "%s: a wrong %s of layer %d goes unnoticed (fault %d)", name,
                  k < 2 ? "backward" : "gradient", i, k % 2);
        }
    }
}

#endif
