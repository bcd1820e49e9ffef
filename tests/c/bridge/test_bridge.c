/* Every exported function with every kind of wrong argument: it refuses in one line or does what it says, and changes
 * nothing else. Meant for the sanitizers; build/bridge/exports.c brings the table of functions. */
#include "api/bridge.h"
#include "check.h"

extern const struct nbw_row {
    const char *name;
    int (*call)(void);
    const char *takes;
    bool makes; /* a letter for each argument: see exports.c */
} nbw_rows[];
extern const int nbw_kinds;

enum { RANDOM_ROUNDS = 80, SCRATCH = 65536, MOST_KINDS = 16 };

static nbw_block *io;
static char *scratch;
static double good[MOST_KINDS]; /* a living object of each kind */
static double ended, watched_model, watched_rng;

/* ---- Calling by name ---- */

static const struct nbw_row *row_of(const char *name)
{
    for (const struct nbw_row *row = nbw_rows; row->name; row++)
        if (strcmp(row->name, name) == 0) return row;
    REQUIRE(false, "nothing is exported as %s", name);
    return NULL;
}

static double made(const char *name, int count, const double *arguments)
{
    for (int i = 0; i < count; i++) io->arguments[i] = arguments[i];
    const int status = row_of(name)->call();
    REQUIRE(status == NB_OK, "%s: %s", name, io->error.message);
    return io->results[0];
}

static double ended_by(double handle)
{
    io->arguments[0] = handle;
    return nbw_destroy();
}

static double small_model(double engine, double rng)
{
    double arguments[NBW_MOST_ARGUMENTS] = {engine};
    made("model_default", 1, (const double[]){NB_SIMPLE_NOISE_PREDICTOR});
    int fields = 0;
    while (row_of("model_create")->takes[fields + 2]) fields++;
    memcpy(arguments + 1, io->results, (size_t)fields * sizeof(double));
    arguments[2] = 2;  /* input_dim */
    arguments[3] = 8;  /* hidden_dim */
    arguments[4] = 4;  /* time_dim */
    arguments[5] = 16; /* max_batch */
    arguments[fields + 1] = rng;
    return made("model_create", fields + 2, arguments);
}

enum { RNG, SCHEDULE, ENGINE, NETWORK, MODEL, ADAM, TRAINER, SAMPLER }; /* as the header has them */

/* x, and x again as the output. */
static double small_network(void)
{
    static const char text[] = "input x x features 2\ncall ReLU 0\noutput y 1\n";
    memcpy(scratch, text, sizeof text);
    return made("network_read", 2, (const double[]){(double)(uintptr_t)scratch, sizeof text});
}

static void make_objects(void)
{
    REQUIRE(nbw_kinds == SAMPLER + 1, "a kind of object that this test does not make");
    good[RNG] = made("rng_create", 1, (const double[]){3});
    watched_rng = made("rng_create", 1, (const double[]){4});
    good[SCHEDULE] = made("schedule_create", 4, (const double[]){NB_SCHEDULE_LINEAR, 10, 1e-4, 0.02});
    good[ENGINE] = made("engine_create", 2, (const double[]){NB_MODE_EXACT, 1});
    good[NETWORK] = small_network();
    good[MODEL] = small_model(good[ENGINE], good[RNG]);
    watched_model = small_model(good[ENGINE], watched_rng);
    good[ADAM] = made("adam_create", 5, (const double[]){good[MODEL], 1e-3, 0.9, 0.999, 1e-8});
    for (int i = 0; i < 8; i++) ((float *)(void *)scratch)[i] = (float)i / 8;
    const double data = (double)(uintptr_t)scratch;
    good[TRAINER] =
        made("trainer_create", 13,
             (const double[]){good[MODEL], good[SCHEDULE], good[RNG], data, 8, 4, 2, 1e-3, 0, 0, 0, 0.5, 0});
    good[SAMPLER] = made("sampler_create", 17,
                         (const double[NBW_MOST_ARGUMENTS]){good[MODEL], good[SCHEDULE], good[RNG], 2, 10});
    const double gone = made("rng_create", 1, (const double[]){5});
    ended = gone;
    CHECK(ended_by(gone) == NB_OK, "%s", io->error.message);
}

/* ---- What must not change ---- */

static uint64_t hash_of(const char *name, double handle)
{
    made(name, 1, &handle);
    const uint8_t *const bytes =
        (const uint8_t *)(uintptr_t)io->results[0]; // NOLINT(performance-no-int-to-ptr)
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < (size_t)io->results[1]; i++) hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t watched(void)
{
    return hash_of("model_save", watched_model) ^ hash_of("rng_get_state", watched_rng);
}

/* ---- Calling wrongly ---- */

static uint32_t state = 1;
static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static double wrong_value(uint32_t which)
{
    const double values[] = {0,
                             1,
                             -1,
                             2,
                             3,
                             17,
                             0.5,
                             -0.5,
                             1e9,
                             2147483647.0,
                             2147483648.0,
                             -2147483648.0,
                             4294967295.0,
                             4294967296.0,
                             9007199254740993.0,
                             1e18,
                             -1e18,
                             1e300,
                             (double)NAN,
                             (double)INFINITY,
                             -(double)INFINITY,
                             ended,
                             (double)(uintptr_t)scratch,
                             (double)(uintptr_t)scratch + 1,
                             (double)(uintptr_t)scratch + SCRATCH - 8,
                             (double)(uintptr_t)&state,
                             good[0] + 50,
                             good[0] + 1048576.0};
    const uint32_t count = sizeof values / sizeof *values;
    if (which < count) return values[which];
    return good[(which - count) % (uint32_t)nbw_kinds];
}
enum { WRONG_VALUES = 28 + 7 };

/* Bytes that are zeros, small whole numbers, NaN, or anything. */
static void fill_scratch(uint32_t how)
{
    for (int i = 0; i < SCRATCH; i++) {
        const int whole = i % 4 == 0 ? (int)draw(3) : 0;
        scratch[i] = (char)(how == 0 ? 0 : how == 1 ? whole : how == 2 ? 0xff : (int)draw(256));
    }
}

static int places_of(const char *takes, double *arguments, int *arrays, int *array_count)
{
    int place = 0;
    *array_count = 0;
    for (; *takes; takes++) {
        const char c = *takes;
        if (c >= '0' && c <= '9')
            arguments[place++] = good[c - '0'];
        else if (strchr("FDIBt", c)) {
            arrays[(*array_count)++] = place;
            arguments[place++] = (double)(uintptr_t)scratch;
            arguments[place++] = c == 't' ? 16 : 2;
        } else
            arguments[place++] = c == 'd' ? 0.5 : c == 'z' || c == 'w' ? 2 : 0;
    }
    return place;
}

static int call(const struct nbw_row *row, const double *arguments)
{
    memcpy(io->arguments, arguments, sizeof io->arguments);
    const int status = row->call();
    CHECK(status >= NB_OK && status <= NB_ERR_NONFINITE, "%s: status %d", row->name, status);
    if (status != NB_OK) CHECK(one_line(io->error.message), "%s: \"%s\"", row->name, io->error.message);
    if (status == NB_OK && row->makes) {
        const double handle = io->results[0];
        CHECK(ended_by(handle) == NB_OK, "%s: %s", row->name, io->error.message);
        CHECK(ended_by(handle) == NB_ERR_ARGUMENT, "%s ends twice", row->name);
    }
    return status;
}

/* Gives arrays the counts that the function asks for, one after the other. */
static int call_rightly(const struct nbw_row *row, double *arguments, const int *arrays, int array_count)
{
    int status = call(row, arguments);
    for (int k = 0; k < array_count && status == NB_ERR_SHAPE; k++) {
        const char *const takes = strstr(io->error.message, "it takes ");
        if (takes == NULL) break;
        arguments[arrays[k] + 1] = atof(takes + 9);
        status = call(row, arguments);
    }
    return status;
}

static bool abuse(const struct nbw_row *row)
{
    double right[NBW_MOST_ARGUMENTS] = {0}, wrong[NBW_MOST_ARGUMENTS];
    int arrays[NBW_MOST_ARGUMENTS], array_count;
    const int places = places_of(row->takes, right, arrays, &array_count);
    fill_scratch(1);
    const bool works = call_rightly(row, right, arrays, array_count) == NB_OK;
    for (int place = 0; place < places; place++)
        for (uint32_t which = 0; which < WRONG_VALUES; which++) {
            memcpy(wrong, right, sizeof wrong);
            wrong[place] = wrong_value(which);
            call(row, wrong);
        }
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        if (round % 10 == 0) fill_scratch((uint32_t)round / 10 % 4);
        memcpy(wrong, right, sizeof wrong);
        for (int place = 0; place < places; place++)
            if (draw(100) < 30) wrong[place] = wrong_value(draw(WRONG_VALUES));
        call(row, wrong);
    }
    return works;
}

int main(void)
{
    io = nbw_io();
    scratch = nbw_scratch(SCRATCH);
    REQUIRE(scratch != NULL, "no scratch");
    CHECK(nbw_scratch(-1) == NULL && nbw_scratch((double)NAN) == NULL && nbw_scratch(1e18) == NULL,
          "a block of nothing");
    make_objects();
    const uint64_t before = watched();
    const double objects = nbw_objects();
    int functions = 0, working = 0;
    for (const struct nbw_row *row = nbw_rows; row->name; row++, functions++) {
        working += abuse(row);
        CHECK(watched() == before, "%s has changed a model or a generator that it was not given", row->name);
    }
    /* Otherwise the arguments around a wrong one would be wrong themselves, and nothing would be reached. */
    CHECK(working * 5 >= functions * 3, "only %d of %d functions work with right arguments", working,
          functions);
    CHECK(nbw_objects() == objects, "%g objects became %g", objects, nbw_objects());
    CHECK(ended_by(good[MODEL]) == NB_ERR_ARGUMENT && strstr(io->error.message, "still uses this model"),
          "%s", io->error.message);
    for (int kind = nbw_kinds - 1; kind > MODEL; kind--)
        CHECK(ended_by(good[kind]) == NB_OK, "%s", io->error.message);
    CHECK(ended_by(good[MODEL]) == NB_OK && ended_by(watched_model) == NB_OK, "%s", io->error.message);
    for (int kind = MODEL - 1; kind >= 0; kind--)
        CHECK(ended_by(good[kind]) == NB_OK, "%s", io->error.message);
    CHECK(ended_by(watched_rng) == NB_OK && nbw_objects() == 0, "%g objects are left", nbw_objects());
    return check_report();
}
