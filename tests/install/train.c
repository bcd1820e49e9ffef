/* train.c - built against the installed library by install.test.mjs: the swiss roll is learnt. */
#include <noisebook.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINTS = 512, STEPS = 160 };

static void must(nb_status status, const nb_error *err)
{
    if (status == NB_OK) return;
    fprintf(stderr, "train: %s\n", err->message);
    exit(1);
}

int main(void)
{
    nb_error err;
    nb_engine *engine;
    nb_rng *numpy, *torch;
    nb_schedule *cosine;
    nb_model *model;
    nb_trainer *trainer;
    double roll[POINTS][2];
    float x_0[POINTS][2];
    must(nb_engine_create(NB_MODE_EXACT, 1, NULL, &engine, &err), &err);
    must(nb_rng_create(42, &numpy, &err), &err);
    must(nb_rng_create(42, &torch, &err), &err);
    must(nb_data_swiss_roll(numpy, POINTS, 0.5, roll[0], &err), &err);
    for (int i = 0; i < POINTS; i++) x_0[i][0] = (float)roll[i][0], x_0[i][1] = (float)roll[i][1];
    must(nb_schedule_create(NB_SCHEDULE_COSINE, 1000, 0.0, 0.0, &cosine, &err), &err);
    const nb_model_config sizes = nb_model_default(NB_SIMPLE_NOISE_PREDICTOR);
    must(nb_model_create(engine, &sizes, torch, &model, &err), &err);
    const nb_train_config how = {.batch = 64, .lr = 1e-3};
    must(nb_trainer_create(model, cosine, torch, x_0[0], POINTS, &how, &trainer, &err), &err);
    double first = 0.0, last = 0.0;
    for (int step = 0; step < STEPS; step++) {
        nb_train_report report;
        must(nb_trainer_step(trainer, &report, &err), &err);
        if (report.epoch_end) last = report.epoch_loss;
        if (report.epoch_end && report.epoch == 1) first = last;
    }
    nb_trainer_destroy(trainer);
    nb_model_destroy(model);
    nb_schedule_destroy(cosine);
    nb_rng_destroy(torch);
    nb_rng_destroy(numpy);
    nb_engine_destroy(engine);
    printf("noisebook %s: loss %.6f in the first epoch, %.6f in the last\n", NB_VERSION, first, last);
    return 0;
}
