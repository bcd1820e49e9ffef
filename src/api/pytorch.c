/* pytorch.c - the one function of the module that writes programs for PyTorch, which a page loads when a reader asks for one. It is
 * no part of the others: there each KB delays every page. */
#include "noisebook.h"

#include <stdlib.h>
#include <string.h>

/* What JavaScript reads: where the text is, how long, and a message where there is none. */
typedef struct pytorch_result {
    uint8_t *text;
    size_t length;
    char message[sizeof((nb_error *)0)->message];
} pytorch_result;

/* A run's settings, as kernel/pytorch.js lists them. */
enum {
    EPOCHS,
    BATCH,
    LR,
    WARMUP,
    DECAY_STEPS,
    EMA_DECAY,
    LABEL_DROPOUT,
    OPTIMIZER,
    HELD_OUT,
    SAMPLES,
    STEPS,
    ETA,
    GUIDANCE_SCALE,
    SAMPLING_SEED
};

static nb_program program_of(const double *settings)
{
    return (nb_program){.epochs = (int)settings[EPOCHS],
                        .batch = (int)settings[BATCH],
                        .lr = settings[LR],
                        .warmup = (int)settings[WARMUP],
                        .decay_steps = (int)settings[DECAY_STEPS],
                        .ema_decay = settings[EMA_DECAY],
                        .label_dropout = settings[LABEL_DROPOUT],
                        .optimizer = (nb_optimizer)settings[OPTIMIZER],
                        .held_out = (size_t)settings[HELD_OUT],
                        .samples = (int)settings[SAMPLES],
                        .steps = (int)settings[STEPS],
                        .eta = settings[ETA],
                        .guidance_scale = settings[GUIDANCE_SCALE],
                        .sampling_seed = (uint32_t)settings[SAMPLING_SEED]};
}

/* The network of a file of weights, as nb_model_export_pytorch writes it; settings: NULL without. text is malloc'ed. */
pytorch_result *nbw_pytorch(const uint8_t *file, size_t size, const double *settings);
pytorch_result *nbw_pytorch(const uint8_t *file, size_t size, const double *settings)
{
    pytorch_result *result = calloc(1, sizeof *result);
    nb_engine *engine = NULL;
    nb_model *model = NULL;
    nb_error err = {0};
    if (result == NULL) return NULL;
    const nb_program how = settings ? program_of(settings) : (nb_program){0};
    nb_status status = nb_engine_create(NB_MODE_EXACT, 1, NULL, &engine, &err);
    if (status == NB_OK) status = nb_model_open(engine, file, size, 1, &model, &err);
    if (status == NB_OK)
        status = nb_model_export_pytorch(model, settings ? &how : NULL, &result->text, &result->length, &err);
    memcpy(result->message, err.message, sizeof result->message);
    nb_model_destroy(model);
    nb_engine_destroy(engine);
    return result;
}
