/* test_files.c - weights as safetensors: round trips, PyTorch's files, and files that are not what they should be.
 *
 * Whatever is read lies in a block of exactly its size, so that a sanitizer sees a step beyond the end. */
#include "by_hand.h"

static bool same_weights(const nb_model *a, const nb_model *b)
{
    float *p = all_params(a), *q = all_params(b);
    const bool same = memcmp(p, q, nb_model_param_count(a) * sizeof *p) == 0;
    free(p);
    free(q);
    return same;
}

static void test_round_trip(void)
{
    nb_model *a = small_model(1), *b = small_model(2);
    const float odd[9] = {-0.0F, 1e-42F, -1e-45F, 3.4e38F, -3.4e38F, 0.1F}; /* every bit counts */
    nb_model_set_param(a, 6, odd);
    size_t size, size_again;
    uint8_t *file = save(a, &size);
    nb_error err = {0};
    CHECK(nb_model_load(b, file, size, &err) == NB_OK, "%s", err.message);
    CHECK(same_weights(a, b), "other weights after saving and loading");
    uint8_t *again = save(b, &size_again);
    CHECK(size == size_again && memcmp(file, again, size) == 0, "another file from the same weights");
    uint64_t header;
    memcpy(&header, file, 8);
    CHECK(header % 8 == 0 && file[8] == '{' && size == 8 + header + 4 * nb_model_param_count(a),
          "the layout");
    nb_model_config c;
    CHECK(nb_model_config_of(NB_SIMPLE_NOISE_PREDICTOR, file, size, &c, &err) == NB_OK, "%s", err.message);
    CHECK(c.input_dim == 2 && c.hidden_dim == 3 && c.time_dim == 2 && c.max_batch == 128,
          "the sizes in the file");
    bits("saved", file, size);
    /* What is loaded is what forward and backward use. */
    const float x[2] = {1.0F, -1.0F}, t[1] = {0.5F};
    float p[2], q[2], d_p[2], d_q[2];
    nb_model *fresh = small_model(1);
    nb_model_forward(b, 1, x, t, NULL, p, NULL);
    nb_model_backward(b, 1, x, d_p, NULL);
    free(file);
    file = save(fresh, &size);
    CHECK(nb_model_load(b, file, size, &err) == NB_OK, "%s", err.message);
    nb_model_forward(b, 1, x, t, NULL, p, NULL);
    nb_model_backward(b, 1, x, d_p, NULL);
    nb_model_forward(fresh, 1, x, t, NULL, q, NULL);
    nb_model_backward(fresh, 1, x, d_q, NULL);
    CHECK(memcmp(p, q, sizeof p) == 0 && memcmp(d_p, d_q, sizeof d_p) == 0, "loaded weights are not used");
    free(file);
    free(again);
    nb_model_destroy(a);
    nb_model_destroy(b);
    nb_model_destroy(fresh);
}

/* PyTorch's file loads strictly, and comes out again with the same bytes. */
static void test_pytorch_file(void)
{
    size_t size, saved_size;
    uint8_t *file = read_file("tests/golden/trained_h20.safetensors", &size);
    nb_model_config c = {0};
    nb_error err = {0};
    REQUIRE(nb_model_config_of(NB_SIMPLE_NOISE_PREDICTOR, file, size, &c, &err) == NB_OK, "%s", err.message);
    CHECK(c.input_dim == 2 && c.hidden_dim == 20 && c.time_dim == 32, "the sizes of PyTorch's model");
    nb_rng *rng = new_rng(0);
    nb_model *model = new_model(engine, c.hidden_dim, c.time_dim, 1, rng);
    CHECK(nb_model_load(model, file, size, &err) == NB_OK, "%s", err.message);
    uint8_t *saved = save(model, &saved_size);
    const uint8_t *data = file + 8 + *(const uint64_t *)(const void *)file;
    const size_t data_size = size - (size_t)(data - file);
    CHECK(saved_size > data_size && memcmp(data, saved + saved_size - data_size, data_size) == 0,
          "PyTorch's weights come out as other numbers");
    free(saved);
    free(file);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
}

/* ---- Files made by hand -------------------------------------------------------------------------------------- */

/* The file is refused in one line, by load and where it shows by config_of, and the model stays as it was. */
static void refuse(const uint8_t *file, size_t size, const char *what)
{
    static nb_model *model, *untouched;
    if (model == NULL) {
        model = small_model(11);
        untouched = small_model(11);
    }
    uint8_t *exact = malloc(size ? size : 1);
    REQUIRE(exact != NULL, "no memory");
    if (size) memcpy(exact, file, size);
    nb_error err = {0};
    const nb_status status = nb_model_load(model, exact, size, &err);
    CHECK(status == NB_ERR_FORMAT || status == NB_ERR_SHAPE || status == NB_ERR_NONFINITE, "%s: status %d",
          what, (int)status);
    CHECK(err.status == status && one_line(err.message), "%s: \"%s\"", what, err.message);
    CHECK(same_weights(model, untouched), "%s: the model changed", what);
    nb_model_config c = {.hidden_dim = -5};
    if (nb_model_config_of(NB_SIMPLE_NOISE_PREDICTOR, exact, size, &c, &err) != NB_OK)
        CHECK(c.hidden_dim == -5 && one_line(err.message), "%s: sizes from a refused file", what);
    free(exact);
    if (what[0] != '.') return; /* the last one */
    nb_model_destroy(model);
    nb_model_destroy(untouched);
}

static void test_truncated(void)
{
    nb_model *model = small_model(1);
    size_t size;
    uint8_t *file = save(model, &size), longer[2048] = {0};
    for (size_t n = 0; n < size; n++) refuse(file, n, "cut off");
    memcpy(longer, file, size);
    refuse(longer, size + 1, "a byte too many");
    static const uint64_t lengths[] = {1000000000000000000U, UINT64_MAX, UINT64_MAX - 7, 1U << 31, 0, 1, 2,
                                       0x8000000000000000U};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memcpy(longer, &lengths[i], 8);
        refuse(longer, size, "another header length");
    }
    free(file);
    nb_model_destroy(model);
}

/* Faults in the header of a good file: text, what it becomes, and how the message names it. */
static const struct fault {
    const char *from, *to;
} faults[] = {
    /* offsets that overlap, leave a gap, run backwards, or beyond the end */
    {"[0,8]", "[0,4]"},
    {"[8,16]", "[4,12]"},
    {"[8,16]", "[0,8]"},
    {"[8,16]", "[12,20]"},
    {"[8,16]", "[16,8]"},
    {"[8,16]", "[8,99999]"},
    {"[8,16]", "[8,18446744073709551615]"},
    {"[8,16]", "[8,18446744073709551624]"},
    {"[8,16]", "[-8,16]"},
    {"[8,16]", "[8]"},
    {"[8,16]", "[8,16,24]"},
    {"[8,16]", "[8.0,16.0]"},
    {"[8,16]", "[]"},
    {"[8,16]", "[ ,16]"},
    {"[8,16]", "\"8,16\""},
    /* tensors that are missing, extra, misshapen or there twice */
    {"net.4.weight", "net.5.weight"},
    {"net.4.weight", "net.2.weight"},
    {"net.4.weight", ""},
    {"{\"time", "{\"extra\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"time"},
    {"[3,3]", "[9]"},
    {"[3,3]", "[9,1]"},
    {"[3,3]", "[3,3,1]"},
    {"[3,3]", "[3,4]"},
    {"[3,3]", "[4294967297,9]"},
    {"[3,3]", "[18446744073709551615,18446744073709551615]"},
    {"[3,3]", "[1,1,1,1,9]"},
    {"[3,3]", "[]"},
    {"[3,3]", "9"},
    {"[3,3]", "[3,\"3\"]"},
    {"[3,4]", "[4,3]"},
    /* types */
    {"F32", "F16"},
    {"F32", "BF16"},
    {"F32", "f32"},
    {"F32", "I32"},
    {"F32", ""},
    {"F32", "A_TYPE_WITH_A_VERY_LONG_NAME_INDEED"},
    {"\"F32\"", "32"},
    {"\"F32\"", "null"},
    /* not JSON, or not of this form */
    {"{\"time", "[\"time"},
    {"{\"time", "{time"},
    {"{\"time", "{{\"time"},
    {"{\"time", "{,\"time"},
    {"\"shape\"", "\"shapes\""},
    {"\"shape\"", "\"dtype\""},
    {"\"shape\":", "\"shape\""},
    {"\"shape\":", "\"shape\"="},
    {",\"shape\"", " \"shape\""},
    {"}}", "}"},
    {"}}", "}}}"},
    {"}}", "},}"},
    {"}}", "}}x"},
    {"time", "ti\\u006de"},
    {"time", "ti\nme"},
    {"time", "a_name_that_is_far_too_long_for_any_tensor_of_any_network_that_there_is_or_will_be_in_this_"
             "course_time"},
    {"{\"time", "{\"__metadata__\":[],\"time"},
    {"{\"time", "{\"__metadata__\":{\"a\":1},\"time"},
    {"{\"time", "{\"__metadata__\":{\"a\":\"b\\"},
    {"{\"time", "{\"__metadata__\":{},\"__metadata__\":{},\"time"},
};

static void test_faults(void)
{
    nb_model *model = small_model(1);
    size_t size, changed_size;
    uint8_t *file = save(model, &size);
    const parts good = take_apart(file, size);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        parts p = good;
        char what[160];
        snprintf(what, sizeof what, "\"%s\" as \"%s\"", faults[i].from, faults[i].to);
        replace(&p, faults[i].from, faults[i].to);
        uint8_t *changed = put_together(&p, &changed_size);
        refuse(changed, changed_size, what);
        free(changed);
    }
    parts p = good;
    strcpy(p.header, "");
    static const char *const headers[] = {"",     " ",  "{}",   "{",        "}",
                                          "null", "[]", "\"\"", "\xff\xfe", "{\"\":{}}"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        snprintf(p.header, sizeof p.header, "%s", headers[i]);
        uint8_t *changed = put_together(&p, &changed_size);
        refuse(changed, changed_size, headers[i][0] ? headers[i] : "an empty header");
        free(changed);
    }
    free(file);
    nb_model_destroy(model);
}

/* Files whose only fault is that two tensors share their bytes, or that one is there twice. */
static void test_shared_and_twice(void)
{
    nb_model *model = small_model(1);
    size_t size, changed_size;
    uint8_t *file = save(model, &size);
    parts p = take_apart(file, size);
    const size_t end = p.data_size; /* of net.6.bias, two floats */
    char offsets[64], changed[200];
    snprintf(offsets, sizeof offsets, "[%zu,%zu]", end - 8, end);
    snprintf(changed, sizeof changed, "[%zu,%zu]", end - 16, end - 8);
    replace(&p, offsets, changed);
    p.data_size -= 8;
    uint8_t *shared = put_together(&p, &changed_size);
    FAILS(NB_ERR_FORMAT, "overlap", nb_model_load(model, shared, changed_size, &failure));
    refuse(shared, changed_size, "two tensors share bytes");
    p = take_apart(file, size);
    snprintf(changed, sizeof changed,
             "},\"net.6.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%zu,%zu]}}", end, end + 8);
    replace(&p, "}}", changed);
    p.data_size += 8;
    uint8_t *twice = put_together(&p, &changed_size);
    FAILS(NB_ERR_FORMAT, "net.6.bias is there twice", nb_model_load(model, twice, changed_size, &failure));
    refuse(twice, changed_size, "a tensor twice");
    free(shared);
    free(twice);
    free(file);
    nb_model_destroy(model);
}

/* What the format allows and a reader must take: metadata, spaces, any order of keys, an unaligned header. */
static void test_variations(void)
{
    static const struct fault good[] = {
        {"{\"time", "{\"__metadata__\":{\"format\":\"pt\",\"a\\\"b\":\"{}\\\\\"},\"time"},
        {"{\"time", "{\"__metadata__\":{},\"time"},
        {"{\"time", " \n\t{ \"time"},
        {"\"dtype\":\"F32\",\"shape\":[2,1]", "\"shape\" : [ 2 , 1 ] , \"dtype\":\"F32\""},
        {"}}", "} } "}};
    nb_model *model = small_model(1), *other = small_model(2);
    size_t size, changed_size;
    uint8_t *file = save(model, &size);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        parts p = take_apart(file, size);
        replace(&p, good[i].from, good[i].to);
        uint8_t *changed = put_together(&p, &changed_size);
        nb_error err = {0};
        CHECK(nb_model_load(other, changed, changed_size, &err) == NB_OK, "%s: %s", good[i].to, err.message);
        CHECK(same_weights(model, other), "%s", good[i].to);
        free(changed);
        nb_model_destroy(other);
        other = small_model(2);
    }
    free(file);
    nb_model_destroy(model);
    nb_model_destroy(other);
}

/* A file of another network: the sizes differ, and the message says where. */
static void test_other_network(void)
{
    nb_model *small = small_model(1);
    size_t size;
    uint8_t *golden_file = read_file("tests/golden/trained_h20.safetensors", &size);
    FAILS(NB_ERR_SHAPE, "(32, 1) where this model takes (2, 1)",
          nb_model_load(small, golden_file, size, &failure));
    FAILS(NB_ERR_FORMAT, "too few", nb_model_load(small, golden_file, 7, &failure));
    free(golden_file);
    nb_model_destroy(small);
}

/* Weights that are no numbers: neither saved nor loaded. */
static void test_nonfinite(void)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    nb_model *model = small_model(1);
    size_t size;
    uint8_t *file = save(model, &size), *kept = NULL;
    for (size_t i = 0; i < 3; i++) {
        memcpy(file + size - sizeof(float), &bad[i], sizeof(float)); /* the file ends with net.6.bias */
        FAILS(NB_ERR_NONFINITE, "net.6.bias", nb_model_load(model, file, size, &failure));
        refuse(file, size, "a weight that is not finite");
        const float last[2] = {0.5F, bad[i]};
        size_t none = 7;
        nb_model_set_param(model, 11, last);
        FAILS(NB_ERR_NONFINITE, "net.6.bias holds a number that is not finite, so nothing is saved",
              nb_model_save(model, &kept, &none, &failure));
        CHECK(kept == NULL && none == 7, "a refused save left something");
    }
    free(file);
    nb_model_destroy(model);
}

int main(void)
{
    engine = new_engine();
    test_round_trip();
    test_pytorch_file();
    test_truncated();
    test_faults();
    test_nonfinite();
    test_shared_and_twice();
    refuse(NULL, 0, ". nothing at all");
    test_variations();
    test_other_network();
    nb_engine_destroy(engine);
    return check_report();
}
