/* steps.c - training and sampling to the end, with a progress bar on a terminal. */
#include "cli/steps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void cli_progress(const char *what, long done, long total, double loss)
{
    if (!isatty(STDERR_FILENO)) return;
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    for (long i = 0; i < WIDTH; i++) bar[i] = i * total < done * WIDTH ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %ld/%ld", what, bar, done, total);
    if (!isnan(loss)) fprintf(stderr, "  loss %.4f", loss);
    if (done == total) fputc('\n', stderr);
}

int cli_train(nb_trainer *trainer, int epochs, double *loss, cli_result *r)
{
    nb_train_report report = {0};
    nb_error err;
    for (int epoch = 0; epoch < epochs; epoch++) {
        do {
            if (nb_trainer_step(trainer, &report, &err) != NB_OK) return cli_failed(&err);
        } while (!report.epoch_end);
        loss[epoch] = report.epoch_loss;
        cli_progress("training", epoch + 1, epochs, report.epoch_loss);
    }
    r->final_loss = report.epoch_loss;
    return 0;
}

int cli_sample(nb_sampler *sampler, int steps, size_t count, float *out)
{
    nb_error err;
    for (int done = 1; nb_sampler_t(sampler) >= 0; done++) {
        if (nb_sampler_step(sampler, &err) != NB_OK) return cli_failed(&err);
        cli_progress("sampling", done, steps, NAN);
    }
    memcpy(out, nb_sampler_x(sampler), count * sizeof *out);
    return 0;
}

int cli_add_model(const nb_model *model, size_t epochs, double *loss, cli_result *r)
{
    uint8_t *weights = NULL;
    size_t size = 0;
    nb_error err;
    if (nb_model_save(model, &weights, &size, &err) != NB_OK) return cli_failed(&err);
    cli_set_add(&r->files, "model.safetensors", weights, size);
    if (loss && !cli_set_add_array(&r->files, "loss.npy", NB_F64, 1, &epochs, loss)) return NB_EXIT_FAILED;
    return 0;
}
