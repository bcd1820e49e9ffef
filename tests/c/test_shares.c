/* test_shares.c - how a batch is shared out among threads: the cut of vectors, and images whose samples of one lane are with
 * several threads, which add to its gradients in turn. The thread sanitizer runs this too. */
#include "check.h"
#include "models/model.h"
#include "models/pass.h"

enum { SAMPLES = 22, ROUNDS = 10 }; /* lanes of 6, 6, 6 and 4 */

/* A convolution that is met three times, between others that are long and short: its turn ends with the first of its layers. */
static const char turns[] =
    "input x x image 8 7 6\nmodule a Conv2d in_channels=8 out_channels=8 kernel_size=3 padding=1\n"
    "module b Conv2d in_channels=8 out_channels=8 kernel_size=1\n"
    "apply a 0\ncall ReLU 1\napply b 2\napply a 3\ncall ReLU 4\napply a 5\napply b 6\noutput y 7\n";

typedef struct numbers {
    float *x, *d, *out;
    size_t count;
} numbers;

static numbers draw_numbers(const nb_graph *g)
{
    nb_rng *rng = new_rng(5);
    numbers n = {.count = SAMPLES * g->x_size};
    float **const all[] = {&n.x, &n.d, &n.out};
    for (int i = 0; i < 3; i++) {
        *all[i] = malloc(n.count * sizeof(float));
        REQUIRE(*all[i] != NULL, "memory");
        nb_torch_randn(rng, n.count, *all[i]);
    }
    nb_rng_destroy(rng);
    return n;
}

/* Every gradient of a parameter, after forward and backward on that many threads; malloc'ed. images: its samples
 * go one by one. */
static float *gradients(const char *network, bool images, int threads, size_t *count)
{
    nb_engine *engine = NULL;
    nb_network *net = NULL;
    nb_model *model = NULL;
    nb_error err = {0};
    if (nb_engine_create(NB_MODE_EXACT, threads, NULL, &engine, NULL) != NB_OK) return NULL;
    nb_rng *init = new_rng(3);
    REQUIRE(nb_network_read(network, &net, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_build(engine, net, SAMPLES, init, &model, &err) == NB_OK, "%s", err.message);
    CHECK(model->graph.images == images, "samples %s one by one", images ? "do not go" : "go");
    numbers n = draw_numbers(&model->graph);
    const nb_inputs in = {.x = n.x};
    *count = model->graph.weight_floats;
    float *first = malloc(*count * sizeof *first);
    REQUIRE(first != NULL, "memory");
    int other = 0;
    for (int i = 0; i < ROUNDS; i++) {
        nb_graph_forward(&model->graph, SAMPLES, &in, n.out);
        nb_graph_backward(&model->graph, n.d, NULL, NULL);
        if (i == 0) memcpy(first, model->graph.grads, *count * sizeof *first);
        other += memcmp(first, model->graph.grads, *count * sizeof *first) != 0;
    }
    CHECK(other == 0, "%d threads: %d of %d passes give others", threads, other, ROUNDS);
    free(n.x);
    free(n.d);
    free(n.out);
    nb_model_destroy(model);
    nb_network_destroy(net);
    nb_rng_destroy(init);
    nb_engine_destroy(engine);
    return first;
}

static void test_turns(void)
{
    static const int threads[] = {2, 3, 5, 8, 16};
    size_t count;
    float *one = gradients(turns, true, 1, &count);
    if (one == NULL) {
        CHECK(false, "no engine of one thread");
        return;
    }
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        float *many = gradients(turns, true, threads[i], &count);
        if (many == NULL) continue; /* a module without threads */
        CHECK(memcmp(one, many, count * sizeof *one) == 0, "%d threads give other gradients", threads[i]);
        free(many);
    }
    bits("turns", one, count * sizeof *one);
    free(one);
}

/* Pictures that are only reshaped into vectors go together as vectors do, many samples to a lane. */
static void test_pictures_as_vectors(void)
{
    static const char layers[] = "module a Linear in_features=60 out_features=24\n"
                                 "module b Linear in_features=24 out_features=60\n",
                      vectors[] = "input x x features 60\n%sapply a 0\ncall ReLU 1\napply b 2\ncall add 0 3\n"
                                  "call scale 4 factor=0.5\noutput y 5\n",
                      pictures[] = "input x x image 3 4 5\n%scall reshape 0 size_1=60\napply a 1\n"
                                   "call ReLU 2\napply b 3\ncall reshape 4 size_1=3 size_2=4 size_3=5\n"
                                   "call add 0 5\ncall scale 6 factor=0.5\noutput y 7\n";
    char texts[2][512];
    snprintf(texts[0], sizeof texts[0], vectors, layers);
    snprintf(texts[1], sizeof texts[1], pictures, layers);
    size_t count;
    float *as_vectors = gradients(texts[0], false, 1, &count);
    for (int threads = 1; as_vectors && threads <= 3; threads++) {
        float *as_pictures = gradients(texts[1], false, threads, &count);
        if (as_pictures == NULL) continue; /* a module without threads */
        CHECK(memcmp(as_vectors, as_pictures, count * sizeof *as_vectors) == 0,
              "%d threads: pictures that are reshaped have other gradients than vectors", threads);
        free(as_pictures);
    }
    free(as_vectors);
}

/* Whatever the batch, its lanes are whole multiples of what kernels take together, and fit into the model's memory. */
static void test_cut(void)
{
    size_t wrong = 0;
    for (size_t threads = 1; threads <= 64; threads += 3) {
        for (size_t most = 1; most <= 600; most = 1 + most * 5 / 4) {
            const size_t rows = nb_lane_rows(most, threads, SIZE_MAX, SIZE_MAX),
                         lanes = (most + rows - 1) / rows;
            for (size_t n = 1; n <= most; n++) {
                const size_t r = nb_lane_rows(n, threads, rows, lanes);
                wrong += r == 0 || r > rows || r % 8 != 0 || (n + r - 1) / r > lanes;
            }
        }
    }
    CHECK(wrong == 0, "%zu cuts do not fit", wrong);
    CHECK(nb_lane_rows(128, 2, SIZE_MAX, SIZE_MAX) == 32, "two threads: a quarter of the batch each time");
    CHECK(nb_lane_rows(128, 16, SIZE_MAX, SIZE_MAX) == 8, "16 threads: a lane for each");
}

int main(void)
{
    test_turns();
    test_pictures_as_vectors();
    test_cut();
    return check_report();
}
