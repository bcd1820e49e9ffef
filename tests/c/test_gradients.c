/* test_gradients.c - every gradient of a small SimpleNoisePredictor against central differences.
 *
 * The network is written down again here, plainly and in double, so that differences of the loss are exact to
 * about 1e-9; every parameter and every coordinate of x is moved. */
#include "check.h"

enum { DIM = 2, HIDDEN = 5, TIME = 3, BATCH = 3, PARAMS = 12, MOST = 128, IN = DIM + TIME };

/* The parameters in double, in the model's order. */
typedef struct network {
    double p[MOST];
    size_t offset[PARAMS], count;
    double nearest_kink; /* the smallest |input| of any ReLU */
} network;

/* out = in W^T + b for parameters i and i+1. */
static void linear(network *net, size_t i, size_t n_in, size_t n_out, const double *in, double *out,
                   bool relu)
{
    const double *w = net->p + net->offset[i], *b = net->p + net->offset[i + 1];
    for (size_t o = 0; o < n_out; o++) {
        out[o] = b[o];
        for (size_t k = 0; k < n_in; k++) out[o] += w[o * n_in + k] * in[k];
        if (!relu) continue;
        net->nearest_kink = fmin(net->nearest_kink, fabs(out[o]));
        out[o] = fmax(out[o], 0.0);
    }
}

static double loss_of(network *net, const double *x, const double *t, const double *target)
{
    double loss = 0.0;
    for (size_t i = 0; i < BATCH; i++) {
        double e[TIME], h[IN], a[HIDDEN], b[HIDDEN], eps[DIM];
        linear(net, 0, 1, TIME, t + i, e, true);
        h[0] = x[DIM * i];
        h[1] = x[DIM * i + 1];
        linear(net, 2, TIME, TIME, e, h + DIM, false);
        linear(net, 4, IN, HIDDEN, h, a, true);
        linear(net, 6, HIDDEN, HIDDEN, a, b, true);
        linear(net, 8, HIDDEN, HIDDEN, b, a, true);
        linear(net, 10, HIDDEN, DIM, a, eps, false);
        for (size_t d = 0; d < DIM; d++) loss += pow(eps[d] - target[DIM * i + d], 2.0) / (DIM * BATCH);
    }
    return loss;
}

static void copy_params(const nb_model *model, network *net)
{
    net->count = 0;
    net->nearest_kink = HUGE_VAL;
    for (size_t i = 0; i < PARAMS; i++) {
        float v[MOST];
        const size_t n = nb_model_param_info(model, i).count;
        REQUIRE(net->count + n <= MOST, "the model is too large");
        nb_model_get_param(model, i, v);
        net->offset[i] = net->count;
        for (size_t k = 0; k < n; k++) net->p[net->count++] = (double)v[k];
    }
}

/* What backward and differences are compared on, in float for the one and in double for the other. */
typedef struct batch {
    float x[DIM * BATCH], t[BATCH], target[DIM * BATCH];
    double x64[DIM * BATCH], t64[BATCH], target64[DIM * BATCH];
} batch;

static batch random_batch(nb_rng *rng)
{
    batch b;
    nb_torch_randn(rng, DIM * BATCH, b.x);
    nb_torch_rand(rng, BATCH, b.t);
    nb_torch_randn(rng, DIM * BATCH, b.target);
    for (size_t i = 0; i < DIM * BATCH; i++) {
        b.x64[i] = (double)b.x[i];
        b.target64[i] = (double)b.target[i];
    }
    for (size_t i = 0; i < BATCH; i++) b.t64[i] = (double)b.t[i];
    return b;
}

/* d loss / d *value, by a fourth-order difference. */
static double difference(network *net, const batch *b, double *value)
{
    static const double weights[4] = {1.0 / 12.0, -8.0 / 12.0, 8.0 / 12.0, -1.0 / 12.0};
    static const double steps[4] = {-2.0, -1.0, 1.0, 2.0};
    const double h = 1e-4, kept = *value;
    double sum = 0.0;
    for (int i = 0; i < 4; i++) {
        *value = kept + steps[i] * h;
        sum += weights[i] * loss_of(net, b->x64, b->t64, b->target64);
    }
    *value = kept;
    return sum / h;
}

/* Relative to the tensor's largest gradient; where all units are dead it is 0, and differences are noise. */
static double relative(gap g)
{
    if (g.scale > 1e-9) return g.worst / g.scale;
    return g.worst < 1e-11 ? 0.0 : HUGE_VAL;
}

/* Returns how many gradients were compared; 0 if a ReLU is too near its kink for differences. */
static size_t compare(nb_model *model, batch *b, bool wrong)
{
    float eps[DIM * BATCH], d_eps[DIM * BATCH], d_x[DIM * BATCH], grad[MOST];
    static network net;
    nb_error err = {0};
    copy_params(model, &net);
    nb_model_forward(model, BATCH, b->x, b->t, NULL, eps, NULL);
    const double loss = nb_mse(DIM * BATCH, eps, b->target, d_eps);
    const double reference = loss_of(&net, b->x64, b->t64, b->target64);
    if (net.nearest_kink < 2e-3) return 0;
    CHECK(near(loss, reference, 0.0, 2e-7), "the loss is %.9g, not %.9g", loss, reference);
    CHECK(nb_model_backward(model, BATCH, d_eps, d_x, &err) == NB_OK, "%s", err.message);
    double worst = 0.0;
    for (size_t i = 0; i < PARAMS; i++) {
        gap g = {0};
        const size_t n = nb_model_param_info(model, i).count;
        nb_model_get_grad(model, i, grad);
        for (size_t k = 0; wrong && i == 6 && k < n; k++) grad[k] *= 1.00001F;
        for (size_t k = 0; k < n; k++)
            gap_add(&g, (double)grad[k], difference(&net, b, &net.p[net.offset[i] + k]));
        worst = fmax(worst, relative(g));
    }
    gap g = {0};
    for (size_t k = 0; k < DIM * BATCH; k++) gap_add(&g, (double)d_x[k], difference(&net, b, &b->x64[k]));
    worst = fmax(worst, relative(g));
    if (wrong)
        CHECK(worst > 2e-6, "a wrong gradient went unnoticed");
    else
        check_gap("gradients", (gap){worst, 1.0}, 6e-7);
    return net.count + DIM * BATCH;
}

int main(void)
{
    nb_engine *engine = new_engine();
    size_t models = 0;
    for (uint32_t seed = 0; seed < 400 && models < 8; seed++) {
        nb_rng *rng = new_rng(seed);
        nb_model *model = new_model(engine, HIDDEN, TIME, BATCH, rng);
        batch b = random_batch(rng);
        const size_t compared = compare(model, &b, false);
        CHECK(compared == 0 || compared == nb_model_param_count(model) + DIM * BATCH, "%zu gradients",
              compared);
        if (compared && models++ == 0) compare(model, &b, true);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    CHECK(models == 8, "only %zu models were fit for differences", models);
    nb_engine_destroy(engine);
    return check_report();
}
