/* test_foreign.c - weights as others save them: in other types, under other names, and in other formats. */
#include "by_hand.h"

#include <float.h>

/* The model's file with its numbers in another type: first as stored, and to be read as `value` of the first. */
static uint8_t *retyped(const uint8_t *file, size_t size, const char *type, size_t bytes, const void *number,
                        size_t *out_size)
{
    parts p = take_apart(file, size);
    const size_t count = p.data_size / sizeof(float);
    char header[4096] = "{", *out = header + 1;
    size_t at = 0;
    for (const char *c = p.header + 1; *c; c++) { /* each dtype and each pair of offsets anew */
        if (strncmp(c, "\"F32\"", 5) == 0) {
            out += sprintf(out, "\"%s\"", type);
            c += 4;
        } else if (strncmp(c, "offsets\":[", 10) == 0) {
            size_t begin, end;
            REQUIRE(sscanf(c + 10, "%zu,%zu", &begin, &end) == 2, "offsets");
            out += sprintf(out, "offsets\":[%zu,%zu]", begin / 4 * bytes, end / 4 * bytes);
            c = strchr(c, ']');
        } else {
            *out++ = *c;
        }
    }
    *out = '\0';
    REQUIRE(count * bytes <= sizeof p.data, "the model is too large");
    snprintf(p.header, sizeof p.header, "%s", header);
    for (; at < count; at++) memcpy(p.data + at * bytes, number, bytes);
    p.data_size = count * bytes;
    return put_together(&p, out_size);
}

/* float16, bfloat16 and float64 become float32. */
static void test_types(void)
{
    static const struct {
        const char *type;
        size_t bytes;
        uint64_t number; /* little-endian */
        float value;     /* NAN: refused */
    } cases[] = {{"F16", 2, 0x3555, 0x1.554p-2F},
                 {"F16", 2, 0x8001, -0x1p-24F},
                 {"F16", 2, 0x7bff, 65504.0F},
                 {"F16", 2, 0x7c00, NAN},
                 {"F16", 2, 0x7e00, NAN},
                 {"F16", 2, 0x8000, -0.0F},
                 {"BF16", 2, 0x3eaa, 0x1.54p-2F},
                 {"BF16", 2, 0xff7f, -0x1.fep127F},
                 {"BF16", 2, 0x7f80, NAN},
                 {"F64", 8, 0x3fb999999999999a, 0.1F},
                 {"F64", 8, 0x47efffffe0000000, FLT_MAX},
                 {"F64", 8, 0x47f0000000000000, NAN},
                 {"I32", 4, 3, NAN}};
    nb_model *model = small_model(1);
    size_t size, other_size;
    uint8_t *file = save(model, &size);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *other = retyped(file, size, cases[i].type, cases[i].bytes, &cases[i].number, &other_size);
        if (isnan(cases[i].value)) {
            const bool whole = strcmp(cases[i].type, "I32") == 0;
            FAILS(whole ? NB_ERR_FORMAT : NB_ERR_NONFINITE,
                  whole ? "weights are F32, F64, F16 or BF16" : "not finite",
                  nb_model_load(model, other, other_size, &failure));
        } else {
            nb_error err = {0};
            CHECK(nb_model_load(model, other, other_size, &err) == NB_OK, "%s", err.message);
            float *read = all_params(model);
            CHECK(memcmp(&read[5], &cases[i].value, sizeof *read) == 0, "%s %llx is read as %g",
                  cases[i].type, (unsigned long long)cases[i].number, (double)read[5]);
            free(read);
        }
        free(other);
    }
    free(file);
    nb_model_destroy(model);
}

/* What others save, by name. */
static void test_others(void)
{
    nb_model *model = small_model(1);
    nb_model_config c;
    size_t size, other_size;
    uint8_t *file = save(model, &size);
    static const char *const prefixes[][2] = {{"module.", "model.module.state_dict()"},
                                              {"_orig_mod.", "model._orig_mod.state_dict()"},
                                              {"ema.net.", "take \"ema.net.\" off"}};
    for (size_t i = 0; i < 3; i++) {
        parts p = take_apart(file, size), q = p;
        char *out = q.header;
        for (const char *s = p.header; *s; s++) {
            *out++ = *s;
            const bool name =
                (*s == '"') && (strncmp(s + 1, "net.", 4) == 0 || strncmp(s + 1, "time_", 5) == 0);
            if (name) out += sprintf(out, "%s", prefixes[i][0]);
        }
        *out = '\0';
        uint8_t *other = put_together(&q, &other_size);
        FAILS(NB_ERR_FORMAT, prefixes[i][1], nb_model_load(model, other, other_size, &failure));
        FAILS(NB_ERR_FORMAT, prefixes[i][1],
              nb_model_config_of(NB_SIMPLE_NOISE_PREDICTOR, other, other_size, &c, &failure));
        free(other);
    }
    parts p = take_apart(file, size);
    replace(&p, "\"net.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,4]",
            "\"net.0.weight\":{\"dtype\":\"F32\",\"shape\":[4,3]");
    uint8_t *other = put_together(&p, &other_size);
    FAILS(NB_ERR_SHAPE, "net.0.weight has shape (4, 3) where this model takes (3, 4): it is transposed",
          nb_model_load(model, other, other_size, &failure));
    free(other);
    static const struct {
        const char *first, *what;
    } formats[] = {{"PK\x03\x04 0123456789", "a PyTorch file"},
                   {"\x80\x02}q\x01X 0123456789", "a pickle"},
                   {"\x93NUMPY\x01 0123456789", "a .npy file"},
                   {"GGUF 0123456789", "a GGUF file"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        FAILS(NB_ERR_FORMAT, formats[i].what,
              nb_model_load(model, (const uint8_t *)formats[i].first, strlen(formats[i].first), &failure));
    nb_model_kind kind = NB_MINI_UNET;
    FAILS(NB_ERR_FORMAT, "any network of the course, and the file has no graph",
          nb_model_kind_of((const uint8_t *)"\2\0\0\0\0\0\0\0{}", 10, &kind, &failure));
    free(file);
    file = read_file("tests/golden/trained_h20.safetensors", &size); /* PyTorch's, without a record */
    CHECK(nb_model_kind_of(file, size, &kind, NULL) == NB_OK && kind == NB_SIMPLE_NOISE_PREDICTOR,
          "the kind");
    nb_training t = {.T = 7};
    CHECK(nb_training_of(file, size, &t, NULL) == NB_OK && t.T == 0, "a record where there is none");
    free(file);
    nb_model_destroy(model);
}

int main(void)
{
    engine = new_engine();
    test_types();
    test_others();
    nb_engine_destroy(engine);
    return check_report();
}
