/* pytorch_numbers.h - a model for tests/pytorch/check_numbers.py: NAME.py, as it is exported, NAME.txt, its network, NAME.safetensors
 * and NAME.npy, the core's numbers in one row: n, then x, t, labels, cond, d_out, outputs, d_x, d_cond and the gradients of the
 * parameters, each as noisebook.h has it. */
#ifndef NB_TESTS_PYTORCH_NUMBERS_H
#define NB_TESTS_PYTORCH_NUMBERS_H

#include "check.h"
#include "models/model.h"

static inline void write_numbers_file(const char *folder, const char *name, const char *suffix,
                                      const void *data, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    FILE *f = fopen(path, "wb");
    REQUIRE(f && fwrite(data, 1, size, f) == size && fclose(f) == 0, "%s cannot be written", path);
}

/* Room for the next `count` numbers of the row. */
static inline float *more_numbers(nb_array *row, size_t count)
{
    const size_t before = row->shape[0];
    row->data = realloc(row->data, (before + count + 1) * sizeof(float));
    REQUIRE(row->data != NULL, "memory");
    row->shape[0] += count;
    return (float *)row->data + before;
}

/* Inputs drawn from rng, onto the row: t, labels and tokens in their ranges. Returns where x is; cond is last. */
static inline void draw_numbers(const nb_model *model, size_t n, nb_rng *rng, nb_array *row)
{
    const nb_network *net = model->network;
    const size_t cond = nb_model_cond_size(model);
    float *numbers = more_numbers(row, n * nb_model_sample_size(model));
    nb_torch_randn(rng, n * nb_model_sample_size(model), numbers);
    if (model->graph.t >= 0) numbers = more_numbers(row, n);
    for (size_t i = 0; model->graph.t >= 0 && i < n; i++)
        numbers[i] = (float)(37 * i % 100) / (nb_model_takes_fraction(model) ? 100.0F : 1.0F);
    if (nb_model_classes(model) > 0) numbers = more_numbers(row, n);
    for (size_t i = 0; nb_model_classes(model) > 0 && i < n; i++)
        numbers[i] = (float)(i % (size_t)(nb_model_classes(model) + 1));
    numbers = more_numbers(row, n * cond);
    nb_torch_randn(rng, n * cond, numbers);
    size_t at = 0;
    for (int k = 0; k < net->n_inputs; k++) {
        const nb_net_input *in = &net->inputs[k];
        if (in->kind != NB_INPUT_TOKENS && in->kind != NB_INPUT_COND) continue;
        const size_t count = in->shape.height * in->shape.width * in->shape.channels;
        for (size_t i = 0; in->kind == NB_INPUT_TOKENS && i < n * count; i++)
            numbers[i / count * cond + at + i % count] = (float)(5 * i % (size_t)in->count);
        at += count;
    }
}

/* Runs it forward and back on n samples, at most its max_batch. */
static inline void write_numbers(const char *folder, const char *name, nb_model *model, size_t n, nb_rng *rng)
{
    nb_error err = {0};
    uint8_t *file = NULL;
    size_t size = 0;
    const size_t x = n * nb_model_sample_size(model), t = model->graph.t >= 0 ? n : 0;
    const size_t labels = nb_model_classes(model) > 0 ? n : 0, cond = n * nb_model_cond_size(model);
    const size_t out = n * nb_model_output_size(model);
    nb_array row = {.dtype = NB_F32, .rank = 1};
    *more_numbers(&row, 1) = (float)n;
    draw_numbers(model, n, rng, &row);
    more_numbers(&row, 2 * out + x + cond + nb_model_param_count(model));
    float *in = (float *)row.data + 1, *d_out = in + x + t + labels + cond, *d_x = d_out + 2 * out;
    int32_t classes[64] = {0};
    REQUIRE(n <= 64, "at most 64 samples");
    for (size_t i = 0; i < labels; i++) classes[i] = (int32_t)in[x + t + i];
    nb_torch_randn(rng, out, d_out);
    const nb_inputs inputs = {in, t ? in + x : NULL, labels ? classes : NULL,
                              cond ? in + x + t + labels : NULL};
    REQUIRE(nb_model_run(model, n, &inputs, d_out + out, &err) == NB_OK, "%s: %s", name, err.message);
    REQUIRE(nb_model_run_back(model, n, d_out, d_x, cond ? d_x + x : NULL, &err) == NB_OK, "%s: %s", name,
            err.message);
    float *gradient = d_x + x + cond;
    for (size_t i = 0; i < nb_model_params(model); i++) {
        nb_model_get_grad(model, i, gradient);
        gradient += nb_model_param_info(model, i).count;
    }
    REQUIRE(nb_npy_encode(&row, &file, &size, &err) == NB_OK, "%s: %s", name, err.message);
    write_numbers_file(folder, name, ".npy", file, size);
    free(file);
    REQUIRE(nb_model_save(model, &file, &size, &err) == NB_OK, "%s: %s", name, err.message);
    write_numbers_file(folder, name, ".safetensors", file, size);
    free(file);
    REQUIRE(nb_model_export_pytorch(model, NULL, &file, &size, &err) == NB_OK, "%s: %s", name, err.message);
    write_numbers_file(folder, name, ".py", file, size);
    free(file);
    REQUIRE(nb_model_describe(model, &file, &size, &err) == NB_OK, "%s: %s", name, err.message);
    write_numbers_file(folder, name, ".txt", file, size);
    free(file);
    free(row.data);
}

#endif
