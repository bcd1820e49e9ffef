/* test_fuzz.c - files with random damage, of every format that is read. What is refused says why in one line and changes
 * nothing; what is accepted is what the format promises, and can be worked with.
 *
 * A short run, the same each time. NB_LONG=1 is a hundred times as long; with the sanitizers:
 *
 *     NB_LONG=1 npm test -- --only sanitize */
#include "models/training.h"
#include "options.h"

typedef struct target {
    const char *name;
    uint8_t *file; /* a good one */
    size_t size;
    size_t from,
        reach; /* where most of the damage goes: bytes that are more than numbers, as many from there on */
    int times;
    bool (*takes)(const uint8_t *file, size_t size, nb_error *err); /* reads it, and checks what it got */
    bool (*unchanged)(void); /* since `restore`; NULL: nothing to change */
    void (*restore)(void);
} target;

/* Bytes up to the end of a safetensors file's header. */
static size_t header_of(const uint8_t *file)
{
    uint64_t header;
    memcpy(&header, file, sizeof header);
    return 8 + (size_t)header;
}

static bool same_file(uint8_t *now, size_t size, const uint8_t *want, size_t want_size)
{
    const bool same = size == want_size && memcmp(now, want, size) == 0;
    free(now);
    return same;
}

/* ---- Weights, Adam, trainer ------------------------------------------------------------------------------- */

static course trained;
static nb_adam *adam;
static uint8_t *weights, *moments, *run;
static size_t weights_size, moments_size, run_size;

static void open_training(void)
{
    const classes data = new_classes();
    trained = train_classes(
        3, (nb_train_config){
               .batch = BATCH, .lr = 1e-3, .labels = data.labels, .label_dropout = 0.1, .ema_decay = 0.9});
    REQUIRE(nb_adam_create(trained.model, 1e-3, 0.9, 0.999, 1e-8, &adam, NULL) == NB_OK, "no Adam");
    for (int i = 0; i < PER_EPOCH + 2; i++) train_step(&trained);
    nb_adam_step(adam, NULL);
    REQUIRE(nb_model_save(trained.model, &weights, &weights_size, NULL) == NB_OK, "no weights");
    REQUIRE(nb_adam_save(adam, &moments, &moments_size, NULL) == NB_OK, "no moments");
    REQUIRE(nb_trainer_save(trained.trainer, &run, &run_size, NULL) == NB_OK, "no state");
}

static bool takes_weights(const uint8_t *file, size_t size, nb_error *err)
{
    for (int kind = 0; kind < NB_MODEL_KINDS; kind++) {
        nb_model_config config;
        if (nb_model_config_of((nb_model_kind)kind, file, size, &config, NULL) == NB_OK)
            CHECK(nb_model_check(&config, NULL) == NB_OK, "sizes that no model takes");
    }
    if (nb_model_load(trained.model, file, size, err) != NB_OK) return false;
    float *values = all_params(trained.model);
    for (size_t i = 0; i < nb_model_param_count(trained.model); i++)
        if (!isfinite(values[i])) CHECK(false, "a weight of %g", (double)values[i]);
    free(values);
    return true;
}

static bool same_weights(void)
{
    uint8_t *now = NULL;
    size_t size = 0;
    REQUIRE(nb_model_save(trained.model, &now, &size, NULL) == NB_OK, "no memory");
    return same_file(now, size, weights, weights_size);
}

static void restore_weights(void)
{
    REQUIRE(nb_model_load(trained.model, weights, weights_size, NULL) == NB_OK, "the weights");
}

/* A step with these moments leaves numbers behind. */
static bool takes_moments(const uint8_t *file, size_t size, nb_error *err)
{
    if (nb_adam_load(adam, file, size, err) != NB_OK) return false;
    uint8_t *now = NULL;
    size_t now_size = 0;
    REQUIRE(nb_adam_save(adam, &now, &now_size, NULL) == NB_OK, "no memory");
    nb_error again = {0};
    CHECK(nb_adam_load(adam, now, now_size, &again) == NB_OK, "what was taken is refused: %s", again.message);
    free(now);
    nb_adam_step(adam, NULL);
    float *values = all_params(trained.model);
    for (size_t i = 0; i < nb_model_param_count(trained.model); i++)
        if (isnan(values[i])) CHECK(false, "a weight that is no number");
    free(values);
    return true;
}

static bool same_moments(void)
{
    uint8_t *now = NULL;
    size_t size = 0;
    REQUIRE(nb_adam_save(adam, &now, &size, NULL) == NB_OK, "no memory");
    return same_file(now, size, moments, moments_size);
}

static void restore_moments(void)
{
    restore_weights();
    REQUIRE(nb_adam_load(adam, moments, moments_size, NULL) == NB_OK, "the moments");
}

static bool takes_run(const uint8_t *file, size_t size, nb_error *err)
{
    if (nb_trainer_load(trained.trainer, file, size, err) != NB_OK) return false;
    nb_train_report report;
    nb_error step = {0};
    if (nb_trainer_step(trained.trainer, &report, &step) != NB_OK)
        CHECK(step.status == NB_ERR_NONFINITE && one_line(step.message), "a step: %s", step.message);
    return true;
}

static bool same_run(void)
{
    uint8_t *now = NULL;
    size_t size = 0;
    REQUIRE(nb_trainer_save(trained.trainer, &now, &size, NULL) == NB_OK, "no memory");
    return same_file(now, size, run, run_size);
}

static void restore_run(void)
{
    REQUIRE(nb_trainer_load(trained.trainer, run, run_size, NULL) == NB_OK, "the run");
}

/* ---- Weights of 16 bits, and their record ---------------------------------------------------------------- */

static uint8_t *halves;
static size_t halves_size;

/* Of a float, as F16 or BF16: cut off, and 0 where F16 would be subnormal. */
static uint16_t cut(float value, nb_st_dtype dtype)
{
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    if (dtype == NB_ST_BF16) return (uint16_t)(word >> 16);
    const uint32_t exponent = word >> 23 & 255U, sign = word >> 16 & 0x8000U;
    REQUIRE(exponent < 127 + 16, "%g is beyond F16", (double)value);
    return (uint16_t)(exponent <= 127 - 15 ? sign
                                           : (sign | (exponent - (127 - 15)) << 10 | (word >> 13 & 1023U)));
}

/* The same weights with every other tensor as F16, the rest as BF16. */
static void open_halves(void)
{
    static nb_safetensors whole, half;
    REQUIRE(nb_safetensors_read(weights, weights_size, &whole, NULL) == NB_OK, "the weights");
    uint16_t *all = malloc(weights_size), *next = all;
    REQUIRE(all != NULL, "no memory");
    for (size_t i = 0; i < whole.notes; i++)
        nb_safetensors_add_note(&half, whole.note[i].name, whole.note[i].value);
    for (size_t i = 0; i < whole.count; i++) {
        const nb_st_tensor *t = &whole.tensors[i];
        const nb_st_dtype dtype = i % 2 ? NB_ST_BF16 : NB_ST_F16;
        nb_safetensors_add(&half, t->name, dtype, t->rank, t->shape, next);
        for (size_t k = 0; k < (t->end - t->begin) / sizeof(float); k++)
            *next++ = cut(nb_safetensors_float(t, k), dtype);
    }
    REQUIRE(nb_safetensors_write(&half, &halves, &halves_size, NULL) == NB_OK, "no halves");
    free(all);
}

/* What the model took is the file's numbers. */
static bool takes_halves(const uint8_t *file, size_t size, nb_error *err)
{
    static nb_safetensors from, to;
    if (!takes_weights(file, size, err)) return false;
    uint8_t *now = NULL;
    size_t now_size = 0, wrong = 0;
    REQUIRE(nb_model_save(trained.model, &now, &now_size, NULL) == NB_OK, "no memory");
    REQUIRE(nb_safetensors_read(now, now_size, &to, NULL) == NB_OK, "what was saved");
    REQUIRE(nb_safetensors_read(file, size, &from, NULL) == NB_OK, "what was taken");
    for (size_t i = 0; i < to.count; i++) {
        const nb_st_tensor *t = &to.tensors[i], *half = nb_safetensors_find(&from, t->name);
        REQUIRE(half != NULL, "%s was not in the file", t->name);
        for (size_t k = 0; k < (t->end - t->begin) / sizeof(float); k++)
            wrong += nb_safetensors_float(t, k) != nb_safetensors_float(half, k);
    }
    CHECK(wrong == 0, "%zu weights are not the file's", wrong);
    free(now);
    return true;
}

/* A model's training is what the file says, can be kept, and comes back. */
static bool takes_record(const uint8_t *file, size_t size, nb_error *err)
{
    nb_training told = {0}, back = {0};
    const bool said = nb_training_of(file, size, &told, NULL) == NB_OK;
    if (said) CHECK(nb_training_valid(&told, NULL) == NB_OK, "a training that no model takes");
    if (!takes_weights(file, size, err)) return false;
    CHECK(said, "the weights are taken, but not what they were trained for");
    const nb_training kept = nb_model_get_training(trained.model);
    uint8_t *now = NULL;
    size_t now_size = 0;
    REQUIRE(nb_model_save(trained.model, &now, &now_size, NULL) == NB_OK, "no memory");
    CHECK(nb_training_of(now, now_size, &back, NULL) == NB_OK, "what was saved has no training");
    free(now);
    const nb_training *const others[] = {&told, &back};
    for (int i = 0; i < 2; i++) {
        const nb_training *t = others[i];
        CHECK(t->T == kept.T && t->beta_crc == kept.beta_crc && t->steps == kept.steps &&
                  t->has_seed == kept.has_seed && t->seed == kept.seed && t->has_range == kept.has_range &&
                  t->data_min == kept.data_min && t->data_max == kept.data_max,
              "%s another training", i ? "what was saved has" : "the file tells of");
    }
    return true;
}

static uint8_t *recorded;
static size_t recorded_size, record_at, record_size; /* where the record begins, and how long it is */

/* The weights with a record that has every field. */
static void open_record(void)
{
    static const char first[] = "\"__metadata__\":{";
    nb_training all = nb_model_get_training(trained.model);
    all.schedule = NB_SCHEDULE_LINEAR;
    all.beta_start = 1e-4;
    all.beta_end = 0.02;
    REQUIRE(nb_model_set_training(trained.model, &all, NULL) == NB_OK, "the training");
    REQUIRE(nb_model_save(trained.model, &recorded, &recorded_size, NULL) == NB_OK, "no weights");
    restore_weights();
    for (record_at = 8; memcmp(recorded + record_at, first, sizeof first - 1) != 0; record_at++)
        REQUIRE(record_at + sizeof first < header_of(recorded), "weights without a record");
    while (recorded[record_at + record_size] != '}') record_size++;
}

/* ---- Generators, arrays, pictures --------------------------------------------------------------------------- */

static nb_rng *generator;
static uint8_t state[NB_RNG_STATE_BYTES];

/* Its next draws come to an end and are numbers. */
static bool takes_state(const uint8_t *file, size_t size, nb_error *err)
{
    if (nb_rng_set_state(generator, file, size, err) != NB_OK) return false;
    double numpy[3];
    float torch[3];
    nb_numpy_randn(generator, 3, numpy);
    nb_torch_randn(generator, 3, torch);
    for (int i = 0; i < 3; i++)
        if (!isfinite(numpy[i]) || !isfinite(torch[i])) CHECK(false, "a normal value that is no number");
    return true;
}

static bool same_state(void)
{
    uint8_t now[NB_RNG_STATE_BYTES];
    nb_rng_get_state(generator, now);
    return memcmp(now, state, sizeof now) == 0;
}

static void restore_state(void)
{
    REQUIRE(nb_rng_set_state(generator, state, sizeof state, NULL) == NB_OK, "the state");
}

static bool takes_array(const uint8_t *file, size_t size, nb_error *err)
{
    static const size_t item_bytes[] = {4, 8, 4, 8};
    nb_array a = {0};
    if (nb_npy_decode(file, size, &a, err) != NB_OK) {
        CHECK(a.data == NULL, "a refused array was handed out");
        return false;
    }
    double sum = 0.0; /* reads all of it */
    for (size_t i = 0; i < nb_array_count(&a); i++) sum += entry(&a, i);
    if (nb_array_count(&a) * item_bytes[a.dtype] > size) CHECK(false, "more numbers than bytes: %g", sum);
    free(a.data);
    return true;
}

static bool takes_images(const uint8_t *file, size_t size, nb_error *err)
{
    nb_images images = {0};
    if (nb_images_decode(file, size, &images, err) != NB_OK) {
        CHECK(images.pixels == NULL && images.labels == NULL && images.count == 0,
              "an error wrote something");
        return false;
    }
    size_t wrong = 0;
    for (size_t i = 0; i < images.count; i++)
        wrong += images.labels[i] < 0 || images.labels[i] >= images.classes;
    for (size_t i = 0; i < images.count * (size_t)images.height * (size_t)images.width; i++)
        wrong += !(images.pixels[i] >= 0.0F && images.pixels[i] <= 1.0F);
    CHECK(wrong == 0, "%zu labels and pixels are out of range", wrong);
    nb_images_free(&images);
    return true;
}

/* ---- Damage ------------------------------------------------------------------------------------------------- */

static uint32_t below(nb_rng *rng, size_t n)
{
    int32_t value;
    nb_numpy_randint(rng, 0, (uint32_t)n, 1, &value, NULL);
    return (uint32_t)value;
}

/* One change: a byte, a bit, a whole number at its limits, or a piece copied from elsewhere. */
static void damage(nb_rng *rng, uint8_t *file, const target *t)
{
    static const char likely[] = "{}[]()\"',:0123456789Ff<>i \\\n";
    static const uint64_t limits[] = {
        0, 1, UINT64_MAX, UINT64_C(1) << 63, UINT64_C(1) << 32, 1000000000000000000};
    const bool wide = below(rng, 8) == 0 || t->from + t->reach >= t->size;
    const size_t first = wide ? 0 : t->from, span = wide ? t->size : t->reach, size = t->size;
    const size_t at = first + below(rng, span), left = size - at;
    switch (below(rng, 8)) {
    case 0:
        file[at] = (uint8_t)below(rng, 256);
        break;
    case 1:
        file[at] ^= (uint8_t)(1U << below(rng, 8));
        break;
    case 2: {
        const uint64_t number = limits[below(rng, sizeof limits / sizeof *limits)];
        const size_t width = below(rng, 2) ? 4 : 8;
        memcpy(file + at, &number, left < width ? left : width);
        break;
    }
    case 3: {
        const size_t from = first + below(rng, span), most = size - (from > at ? from : at),
                     n = below(rng, 64);
        memmove(file + at, file + from, n < most ? n : most);
        break;
    }
    case 4: {
        const size_t n = below(rng, 4096); /* a long run of one byte: empty, or not a number */
        const int byte = below(rng, 2) ? 0 : 0xff;
        memset(file + at, byte, below(rng, 16) == 0 && n < left ? n : 1);
        break;
    }
    default:
        file[at] = (uint8_t)likely[below(rng, sizeof likely - 1)];
        break;
    }
}

/* A damaged copy in a block of exactly its size, so that the sanitizers see every byte too far. */
static uint8_t *damaged(nb_rng *rng, const target *t, size_t *size)
{
    uint8_t *whole = malloc(t->size);
    REQUIRE(whole != NULL, "no memory");
    memcpy(whole, t->file, t->size);
    for (uint32_t edits = 1 + below(rng, 3); edits > 0; edits--) damage(rng, whole, t);
    *size = below(rng, 6) ? t->size : below(rng, t->size);
    uint8_t *exact = malloc(*size ? *size : 1);
    REQUIRE(exact != NULL, "no memory");
    memcpy(exact, whole, *size);
    free(whole);
    return exact;
}

static void fuzz(const target *t, uint32_t seed)
{
    nb_rng *rng = new_rng(seed);
    int refused = 0;
    if (t->restore) t->restore();
    for (int i = 0; i < t->times; i++) {
        size_t size;
        uint8_t *file = damaged(rng, t, &size);
        nb_error err = {0};
        const bool taken = t->takes(file, size, &err);
        if (!taken) {
            refused++;
            if (err.status == NB_OK || !one_line(err.message))
                CHECK(false, "%s, damage %d: \"%s\"", t->name, i, err.message);
            if (t->unchanged && !t->unchanged()) CHECK(false, "%s, damage %d changed something", t->name, i);
        } else if (t->restore) {
            t->restore();
        }
        free(file);
    }
    printf("measured %s: %d of %d damaged files refused\n", t->name, refused, t->times);
    CHECK(refused > 0 && refused < t->times, "%s: %d of %d were refused", t->name, refused, t->times);
    bits(t->name, &refused, sizeof refused);
    nb_rng_destroy(rng);
}

int main(void)
{
    const uint32_t rounds = getenv("NB_LONG") ? 100 : 1;
    size_t array_size, images_size;
    uint8_t *array = read_file("tests/golden/torch_rand.npy", &array_size);
    uint8_t *images = read_file("web/data/digits-8.nbi", &images_size);
    open_training();
    open_halves();
    open_record();
    generator = new_rng(9);
    float odd;
    nb_torch_randn(generator, 1, &odd); /* keeps one back */
    nb_rng_get_state(generator, state);
    const target targets[] = {
        {"weights", weights, weights_size, 0, header_of(weights), 6000, takes_weights, same_weights,
         restore_weights},
        {"moments", moments, moments_size, 0, header_of(moments), 3000, takes_moments, same_moments,
         restore_moments},
        {"run", run, run_size, 0, header_of(run), 3000, takes_run, same_run, restore_run},
        {"state", state, sizeof state, 0, sizeof state, 3000, takes_state, same_state, restore_state},
        {"npy", array, array_size, 0, 128, 10000, takes_array, NULL, NULL},
        {"nbi", images, images_size, 0, 32, 300, takes_images, NULL, NULL},
        {"halves", halves, halves_size, 0, halves_size, 3000, takes_halves, same_weights, restore_weights},
        {"record", recorded, recorded_size, record_at, record_size, 10000, takes_record, same_weights,
         restore_weights}};
    for (uint32_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
            fuzz(&targets[i], 16 * round + (uint32_t)i);
    }
    nb_adam_destroy(adam);
    nb_rng_destroy(generator);
    course_end(&trained);
    free(weights);
    free(halves);
    free(recorded);
    free(moments);
    free(run);
    free(array);
    free(images);
    return check_report();
}
