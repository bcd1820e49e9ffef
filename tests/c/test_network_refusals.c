/* test_network_refusals.c - random networks with something wrong: a call with arguments at random, a line of the text damaged. What
 * is refused is refused in one line, and stays so; what is accepted can be written, read, built and run.
 *
 *     NB_LONG=1 test_network_refusals      twenty times as many */
#include "network_run.h"

enum {
    CALLS = 2000,
    TEXTS = 4000,
    OF_ONE = 10,            /* network, so many texts */
    MOST_IN_A_VALUE = 2000, /* of what is built here: beyond, memory is asked for in earnest */
    MOST_IN_ALL = 200000
};

static nb_engine *engine;
static uint32_t seed;

/* ---- What an accepted network can do ------------------------------------------------------------------------ */

/* Numbers of all values and weights, SIZE_MAX if one of them is large. */
static size_t size_of(const nb_network *net)
{
    size_t all = 0;
    for (int i = 0; i < net->n_values; i++) {
        const size_t n = numbers_in(net->values[i].shape);
        all = n > MOST_IN_A_VALUE ? NB_TOO_LARGE : nb_add(all, n);
    }
    for (int i = 0; i < net->n_modules; i++) {
        if (net->modules[i].kind->weight == NULL) continue;
        const nb_weight w = net->modules[i].kind->weight(net->modules[i].settings);
        all = nb_add(all, nb_mul(nb_mul(w.taps, w.in), w.out));
    }
    return all;
}

static void run_once(nb_model *model)
{
    nb_graph *g = &model->graph;
    network_inputs in = draw_inputs(model->network, g, seed, 1);
    network_numbers got = new_numbers(g, 1);
    const nb_inputs given = inputs_of(&in, g);
    nb_error err = {0};
    CHECK(nb_model_run(model, 1, &given, got.all, &err) == NB_OK, "network %u: %s", (unsigned)seed,
          err.message);
    pass_back(g, &in, &got);
    free(got.all);
    free_inputs(&in);
}

/* Builds it, or is told in one line why not. */
static bool build_and_run(const nb_network *net)
{
    nb_model *model = NULL;
    nb_error err = {0};
    nb_rng *rng = new_rng(seed);
    const nb_status status = nb_model_build(engine, net, 1, rng, &model, &err);
    nb_rng_destroy(rng);
    if (status == NB_OK) {
        run_once(model);
        nb_model_destroy(model);
        return true;
    }
    CHECK(err.status == status && one_line(err.message) && model == NULL, "network %u: \"%s\"",
          (unsigned)seed, err.message);
    return false;
}

/* An accepted network is one in text, too. */
static bool use(const nb_network *net)
{
    uint8_t *text, *again;
    size_t size, size_again;
    nb_network *read = NULL;
    nb_error err = {0};
    REQUIRE(nb_network_write(net, &text, &size, &err) == NB_OK, "network %u: %s", (unsigned)seed,
            err.message);
    const bool readable = nb_network_read((const char *)text, &read, &err) == NB_OK;
    CHECK(readable, "network %u is accepted, but not its text: %s", (unsigned)seed, err.message);
    if (readable) {
        REQUIRE(nb_network_write(read, &again, &size_again, &err) == NB_OK, "%s", err.message);
        CHECK(size == size_again && memcmp(text, again, size) == 0, "network %u there:\n%sand back:\n%s",
              (unsigned)seed, (const char *)text, (const char *)again);
        free(again);
        nb_network_destroy(read);
    }
    free(text);
    return size_of(net) <= MOST_IN_ALL && build_and_run(net);
}

/* ---- Calls -------------------------------------------------------------------------------------------------- */

static const int odd_numbers[] = {
    0, 1, 2, 3, 7, -1, -2, 64, 1024, 1 << 20, (1 << 20) + 1, 1 << 30, INT32_MAX, INT32_MIN};

static int odd(nb_rng *rng) { return odd_numbers[below(rng, sizeof odd_numbers / sizeof *odd_numbers)]; }

/* A value of the network, or any number. */
static int odd_value(const nb_network *net, nb_rng *rng)
{
    return chance(rng, 60) ? below(rng, net->n_values) : net->n_values - 1 + odd(rng) % 1000000;
}

static const char *odd_name(const nb_network *net, nb_rng *rng)
{
    static char word[2000];
    switch (below(rng, 6)) {
    case 0:
        return "";
    case 1:
        return net->n_modules > 0 ? net->modules[below(rng, net->n_modules)].name : "a b";
    case 2: /* long, and a name */
        memset(word, 'a', sizeof word);
        word[below(rng, sizeof word)] = '\0';
        word[sizeof word - 1] = '\0';
        return word;
    case 3: /* bytes at random */
        for (int i = 0; i < 8; i++) word[i] = (char)(1 + below(rng, 255));
        word[8] = '\0';
        return word;
    case 4:
        return net->inputs[0].name;
    default:
        snprintf(word, sizeof word, "n%d", below(rng, 1000));
        return word;
    }
}

static const char *odd_kind(nb_rng *rng)
{
    static const char *const odd_kinds[] = {"",        "conv",   "add_channels", "linear",
                                            "Linear ", "Conv4d", "%s%n"};
    if (chance(rng, 80)) return nb_layer_describe(below(rng, layers_there_are())).name;
    return odd_kinds[below(rng, sizeof odd_kinds / sizeof *odd_kinds)];
}

/* Settings of some layer, with numbers that may be any. */
static const char *odd_settings(nb_rng *rng, const char *kind)
{
    static char text[400];
    static const char *const numbers[] = {
        "0",     "1",     "2",   "3",   "8",  "-1", "1.5", "1e5", "1048576", "1048577",
        "1e300", "1e999", "nan", "inf", "-0", "",   "x",   "=",   "1e-9",    "99999999999999999999"};
    int layer = 0;
    while (nb_layer_describe(layer).name && strcmp(nb_layer_describe(layer).name, kind) != 0) layer++;
    if (nb_layer_describe(layer).name == NULL || chance(rng, 5)) layer = below(rng, layers_there_are());
    text[0] = '\0';
    for (int i = 0; nb_layer_setting(layer, i) && strlen(text) < 300; i++) {
        if (chance(rng, 20)) continue;
        const char *number =
            numbers[below(rng, chance(rng, 70) ? 5 : (int)(sizeof numbers / sizeof *numbers))];
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s=%s%s", nb_layer_setting(layer, i)->name,
                 number, chance(rng, 90) ? " " : ",, ");
    }
    if (chance(rng, 5)) strcat(text, "other=1");
    return text;
}

static void odd_input(nb_network *net, nb_rng *rng)
{
    int shape[6];
    for (int i = 0; i < 6; i++) shape[i] = chance(rng, 70) ? 1 + below(rng, 5) : odd(rng);
    const int kind = chance(rng, 90) ? below(rng, NB_INPUT_KINDS) : odd(rng);
    const int axes = chance(rng, 90) ? below(rng, 4) : odd(rng);
    const size_t rank = (size_t)below(rng, 5);
    nb_network_input(net, odd_name(net, rng), (nb_input_kind)kind, (nb_axes)axes, rank, shape);
}

/* One call with arguments at random. */
static void odd_call(nb_network *net, nb_rng *rng)
{
    int in[8];
    for (int i = 0; i < 8; i++) in[i] = odd_value(net, rng);
    const size_t n = (size_t)below(rng, 7);
    const char *kind = odd_kind(rng), *settings = odd_settings(rng, kind);
    switch (below(rng, 9)) {
    case 0:
        odd_input(net, rng);
        break;
    case 1:
    case 2:
        nb_network_apply(net, nb_network_module(net, odd_name(net, rng), kind, settings), n, in);
        break;
    case 3:
        nb_network_apply(net, chance(rng, 50) && net->n_modules ? below(rng, net->n_modules) : odd(rng), n,
                         in);
        break;
    case 4:
        nb_network_call(net, kind, settings, n, in);
        break;
    case 5:
        nb_network_enter(net, odd_name(net, rng), "Block");
        break;
    case 6:
        nb_network_leave(net, in[0]);
        break;
    case 7:
        nb_network_name(net, odd_name(net, rng), in[0]);
        break;
    default:
        nb_network_output(net, odd_name(net, rng), in[0]);
        break;
    }
}

/* Nothing more can be done with it, and why is said in one line each time. */
static void test_failed(nb_network *net, const nb_error *why)
{
    nb_error err = {0};
    uint8_t *text = NULL;
    size_t size;
    CHECK(why->status != NB_OK && one_line(why->message), "network %u: \"%s\"", (unsigned)seed, why->message);
    CHECK(nb_network_call(net, "ReLU", "", 1, (int[]){0}) == -1, "a network that has failed goes on");
    CHECK(nb_network_write(net, &text, &size, &err) == why->status && strcmp(err.message, why->message) == 0,
          "network %u: \"%s\", not \"%s\"", (unsigned)seed, err.message, why->message);
    CHECK(!build_and_run(net), "network %u is built", (unsigned)seed);
}

static void test_calls(int count)
{
    int refused = 0, built = 0;
    for (int i = 0; i < count; i++) {
        seed = 16 * (uint32_t)i;
        nb_network *net = a_network(seed);
        nb_rng *rng = new_rng(seed + 6);
        nb_error why = {0};
        for (int k = below(rng, 3); k >= 0; k--) odd_call(net, rng);
        if (nb_network_check(net, &why) != NB_OK) {
            refused++;
            test_failed(net, &why);
        } else {
            built += use(net);
        }
        nb_rng_destroy(rng);
        nb_network_destroy(net);
    }
    printf("measured odd calls: %d of %d refused, %d built\n", refused, count, built);
    CHECK(refused * 2 > count && built * 100 > count, "%d of %d refused, %d built", refused, count, built);
    bits("refused_calls", &refused, sizeof refused);
}

/* ---- Text --------------------------------------------------------------------------------------------------- */

/* One change: a byte, a number, a word of elsewhere, a line gone, doubled or moved. */
static void damage(nb_rng *rng, char *text, size_t room)
{
    static const char likely[] = " \n=.-0123456789eax_";
    static const char *const numbers[] = {"0",       "1",        "3",   "8",         "-1",
                                          "1048576", "99999999", "1e9", "4294967296"};
    const size_t size = strlen(text), at = (size_t)below(rng, (int)size);
    char *line = text + at;
    while (line > text && line[-1] != '\n') line--;
    const size_t length = strcspn(line, "\n") + 1;
    char copy[600];
    switch (below(rng, 6)) {
    case 0:
        text[at] = likely[below(rng, sizeof likely - 1)];
        break;
    case 1: { /* a number for the one that stands there, or next */
        char *from = text + at + strcspn(text + at, "0123456789");
        const char *number = numbers[below(rng, sizeof numbers / sizeof *numbers)];
        const size_t old = strspn(from, "0123456789"), new = strlen(number);
        if (*from == '\0' || size + new - old >= room) break;
        memmove(from + new, from + old, strlen(from + old) + 1);
        memcpy(from, number, new);
        break;
    }
    case 2: { /* a digit */
        char *from = text + at + strcspn(text + at, "0123456789");
        if (*from) *from = (char)('0' + below(rng, 10));
        break;
    }
    case 3: /* gone */
        if (line + length <= text + size) memmove(line, line + length, strlen(line + length) + 1);
        break;
    default: { /* copied to where another begins */
        char *to = text + below(rng, (int)size);
        while (to > text && to[-1] != '\n') to--;
        if (length >= sizeof copy || line + length > text + size || size + length >= room) break;
        memcpy(copy, line, length);
        memmove(to + length, to, strlen(to) + 1);
        memcpy(to, copy, length);
        break;
    }
    }
}

static void test_texts(int count)
{
    int refused = 0, built = 0;
    nb_network *net = NULL;
    for (int i = 0; i < count; i++) {
        if (i % OF_ONE == 0) {
            nb_network_destroy(net);
            seed = 16 * (uint32_t)(i / OF_ONE);
            net = a_network(seed);
        }
        nb_network *read = NULL;
        nb_rng *rng = new_rng(16 * (uint32_t)i + 7);
        uint8_t *whole;
        size_t size;
        nb_error err = {0};
        REQUIRE(nb_network_write(net, &whole, &size, &err) == NB_OK, "%s", err.message);
        const size_t room = size + 2000;
        char *text = malloc(room);
        REQUIRE(text != NULL, "memory");
        memcpy(text, whole, size + 1);
        for (int k = below(rng, 3); k >= 0 && *text; k--) damage(rng, text, room);
        char *exact = malloc(strlen(text) + 1); /* for the sanitizers */
        REQUIRE(exact != NULL, "memory");
        memcpy(exact, text, strlen(text) + 1);
        if (nb_network_read(exact, &read, &err) != NB_OK) {
            refused++;
            CHECK(err.status != NB_OK && one_line(err.message) && read == NULL, "text %d: \"%s\"\n%s", i,
                  err.message, exact);
        } else {
            built += use(read);
            nb_network_destroy(read);
        }
        free(exact);
        free(text);
        free(whole);
        nb_rng_destroy(rng);
    }
    nb_network_destroy(net);
    printf("measured damaged texts: %d of %d refused, %d built\n", refused, count, built);
    CHECK(refused * 4 > count && built * 20 > count, "%d of %d refused, %d built", refused, count, built);
    bits("refused_texts", &refused, sizeof refused);
}

int main(void)
{
    const int rounds = getenv("NB_LONG") ? 20 : 1;
    REQUIRE(nb_engine_create(NB_MODE_EXACT, 1, NULL, &engine, NULL) == NB_OK, "engine");
    test_calls(CALLS * rounds);
    test_texts(TEXTS * rounds);
    nb_engine_destroy(engine);
    return check_report();
}
