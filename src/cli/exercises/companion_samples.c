/* companion_samples.c - the companion's two networks, trained on small real pictures and sampled. */
#include "cli/exercises/companion.h"
#include "cli/figures/figures.h"
#include "cli/message.h"
#include "cli/session/steps.h"

#include <stdio.h>
#include <string.h>

enum { MOST_SHOWN = 10, FEWER = 3 };

/* The layer that takes t itself, up to T, starts as if it took t / T. */
static int tame_time(session *s, nb_model *model)
{
    for (size_t i = 0; i < nb_model_params(model); i++) {
        const nb_param_info info = nb_model_param_info(model, i);
        if (strcmp(info.name, "time_mlp.weight") != 0) continue;
        float *weight = session_take(s, info.count, sizeof *weight);
        if (weight == NULL) return NB_EXIT_FAILED;
        nb_model_get_param(model, i, weight);
        for (size_t k = 0; k < info.count; k++) weight[k] /= (float)s->o->timesteps;
        nb_model_set_param(model, i, weight);
    }
    return 0;
}

/* A network with the course's names, in the options' width. An exit status. */
static int make_model(session *s, nb_model_kind kind, const companion_data *d, nb_model **out)
{
    nb_model_config config = nb_model_default(kind);
    nb_error err;
    config.base_channels = s->o->channels;
    config.in_channels = kind == NB_SIMPLE_UNET ? 3 : 1;
    config.image_height = d->height;
    config.image_width = d->width;
    config.n_classes = d->classes;
    config.max_batch = cli_batch(s->o, d->n);
    if (nb_model_create(s->engine, &config, s->torch, out, &err) != NB_OK) return cli_failed(&err);
    return s->o->raw_time ? 0 : tame_time(s, *out);
}

/* The pictures' range is known before a network has learned from them. */
static nb_sample_config sampling(const cli_options *o)
{
    nb_sample_config config = cli_sampling(o);
    if (config.clip != NB_CLIP_DATA && config.clip != NB_CLIP_AUTO) return config;
    config.clip = NB_CLIP_RANGE;
    config.clip_low = -1.0F;
    config.clip_high = 1.0F;
    return config;
}

/* ---- SimpleUNet: DDPM and DDIM ---- */

/* Untrained and trained, from the same x_T. */
static int add_ddpm(session *s, const companion_data *d, float *samples)
{
    const size_t n = (size_t)s->o->samples, h = (size_t)d->height, w = (size_t)d->width,
                 count = n * 3 * h * w;
    const picture_row rows[3] = {{"data", d->colour},
                                 {"DDPM, untrained", samples},
                                 {"DDPM, trained, from the same noise", samples + count}};
    size_t shown = n < MOST_SHOWN ? n : MOST_SHOWN;
    if (d->n < shown) shown = d->n;
    const bool good =
        cli_set_add_array(&s->result.files, "ddpm.npy", NB_F32, 4, (size_t[4]){2 * n, 3, h, w}, samples);
    figure_rows(s, "ddpm.png", &(picture_grid){3, shown, 3, d->height, d->width, -1.0, 1.0, rows});
    return good ? 0 : NB_EXIT_FAILED;
}

/* --steps, and fewer of them, from the same x_T. */
static int add_ddim(session *s, const companion_data *d, nb_model *model, const float *x_T)
{
    const size_t n = (size_t)s->o->samples, h = (size_t)d->height, w = (size_t)d->width,
                 count = n * 3 * h * w;
    const int most = s->o->steps;
    int32_t steps[FEWER] = {most, most > 5 ? most / 5 : 1, most > 10 ? most / 10 : 1};
    float *samples = session_take(s, FEWER * count, sizeof *samples);
    if (samples == NULL) return NB_EXIT_FAILED;
    char title[FEWER][32];
    picture_row rows[FEWER];
    nb_sample_config config = sampling(s->o);
    config.method = NB_DDIM;
    for (int k = 0; k < FEWER; k++) {
        config.steps = steps[k];
        const int status = cli_sample(s, model, &config, x_T, samples + (size_t)k * count);
        if (status != 0) return status;
        snprintf(title[k], sizeof title[k], "DDIM, steps: %d", (int)steps[k]);
        rows[k] = (picture_row){title[k], samples + (size_t)k * count};
    }
    const size_t shown = n < MOST_SHOWN ? n : MOST_SHOWN, levels = FEWER;
    const bool good = session_add(s, "ddim_steps.npy", NB_I32, 1, &levels, steps) &&
                      session_add(s, "ddim.npy", NB_F32, 4, (size_t[4]){FEWER * n, 3, h, w}, samples);
    figure_rows(s, "ddim.png", &(picture_grid){FEWER, shown, 3, d->height, d->width, -1.0, 1.0, rows});
    return good ? 0 : NB_EXIT_FAILED;
}

static int simple(session *s, companion_data *d, nb_model *model)
{
    const size_t n = (size_t)s->o->samples, count = n * nb_model_sample_size(model);
    float *x_T = session_take(s, count, sizeof *x_T), *samples = session_take(s, 2 * count, sizeof *samples);
    if (!x_T || !samples) return NB_EXIT_FAILED;
    nb_sample_config config = sampling(s->o);
    config.method = NB_DDPM;
    config.steps = s->o->timesteps;
    nb_torch_randn(s->torch, count, x_T);
    int status = cli_sample(s, model, &config, x_T, samples);
    if (status == 0)
        status = cli_train(s, "simple-unet", model, d->colour, d->n, (nb_train_config){0}, &d->loss[0]);
    if (status == 0) status = cli_sample(s, model, &config, x_T, samples + count);
    if (status == 0) status = add_ddpm(s, d, samples);
    if (status == 0) status = add_ddim(s, d, model, x_T);
    return status == 0 ? session_add_model(s, "simple-unet.safetensors", model) : status;
}

int companion_simple(session *s, companion_data *d)
{
    nb_model *model = NULL;
    int status = make_model(s, NB_SIMPLE_UNET, d, &model);
    if (status == 0) status = simple(s, d, model);
    nb_model_destroy(model);
    return status;
}

/* ---- ConditionalUNet: guidance ---- */

/* How many of the samples look most like a picture of the class that was asked for, and how far they are from it. */
static int judge(const companion_data *d, size_t n, const float *samples, const int32_t *wanted,
                 int32_t *index, double *distance, double *agreement, double *mean)
{
    const size_t pixels = (size_t)d->height * (size_t)d->width;
    nb_error err;
    if (nb_nearest(n, samples, d->n, d->grey, pixels, index, distance, &err) != NB_OK)
        return cli_failed(&err);
    *agreement = *mean = 0.0;
    for (size_t i = 0; i < n; i++) {
        *agreement += (d->labels[index[i]] == wanted[i] ? 1.0 : 0.0) / (double)n;
        *mean += distance[i] / (double)n;
    }
    return 0;
}

/* --samples rounds of every class at every scale, by DDIM from the same x_T. out (scales, samples, classes, 1, height,
 * width). */
static int guided(session *s, const companion_data *d, nb_model *model, float *out)
{
    const size_t n = (size_t)s->o->samples * (size_t)d->classes, count = n * nb_model_sample_size(model);
    const size_t scales = s->o->scales;
    int32_t *wanted = session_take(s, n, sizeof *wanted), *index = session_take(s, n, sizeof *index);
    double *distance = session_take(s, n, sizeof *distance);
    double *agreement = session_take(s, 2 * scales, sizeof *agreement), *mean = agreement + scales;
    float *x_T = session_take(s, count, sizeof *x_T);
    if (!wanted || !index || !distance || !agreement || !x_T) return NB_EXIT_FAILED;
    for (size_t i = 0; i < n; i++) wanted[i] = (int32_t)(i % (size_t)d->classes);
    nb_torch_randn(s->torch, count, x_T);
    nb_sample_config config = sampling(s->o);
    config.n = n;
    config.method = NB_DDIM;
    config.labels = wanted;
    config.guided = true;
    for (size_t w = 0; w < scales; w++, out += count) {
        config.guidance_scale = s->o->guidance[w];
        int status = cli_sample(s, model, &config, x_T, out);
        if (status == 0) status = judge(d, n, out, wanted, index, distance, agreement + w, mean + w);
        if (status != 0) return status;
    }
    session_metrics(s, "class_agreement", scales, agreement);
    session_metrics(s, "nearest_distance", scales, mean);
    return 0;
}

static int add_guided(session *s, const companion_data *d, float *samples)
{
    const size_t scales = s->o->scales, classes = (size_t)d->classes;
    const size_t height = (size_t)d->height, width = (size_t)d->width;
    const size_t n = (size_t)s->o->samples * classes, shape[4] = {scales * n, 1, height, width};
    char title[CLI_MOST_SCALES][48];
    picture_row rows[CLI_MOST_SCALES];
    for (size_t w = 0; w < scales; w++) {
        snprintf(title[w], sizeof title[w], "guidance scale w = %g", s->o->guidance[w]);
        rows[w] = (picture_row){title[w], samples + w * n * height * width};
    }
    const picture_grid grid = {
        scales, classes < MOST_SHOWN ? classes : MOST_SHOWN, 1, d->height, d->width, -1.0, 1.0, rows};
    const bool good = session_add(s, "guided.npy", NB_F32, 4, shape, samples);
    figure_rows(s, "guidance.png", &grid);
    return good ? 0 : NB_EXIT_FAILED;
}

static int conditional(session *s, companion_data *d, nb_model *model)
{
    const size_t n = s->o->scales * (size_t)s->o->samples * (size_t)d->classes;
    const nb_train_config train = {.labels = d->labels, .label_dropout = s->o->label_dropout};
    float *samples = session_take(s, n * nb_model_sample_size(model), sizeof *samples);
    if (samples == NULL) return NB_EXIT_FAILED;
    int status = cli_train(s, "conditional-unet", model, d->grey, d->n, train, &d->loss[1]);
    if (status == 0) status = guided(s, d, model, samples);
    if (status == 0) status = add_guided(s, d, samples);
    return status == 0 ? session_add_model(s, "conditional-unet.safetensors", model) : status;
}

int companion_conditional(session *s, companion_data *d)
{
    nb_model *model = NULL;
    int status = make_model(s, NB_CONDITIONAL_UNET, d, &model);
    if (status == 0) status = conditional(s, d, model);
    if (status == 0) {
        s->result.kernels = nb_engine_kernels(s->engine);
        s->result.parameters = nb_model_param_count(model);
    }
    nb_model_destroy(model);
    return status;
}
