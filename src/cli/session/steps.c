/* steps.c - training and sampling to the end, with a progress bar on a terminal. */
#include "cli/session/steps.h"

#include "cli/message.h"

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

int cli_batch(const cli_options *o, size_t n) { return n < (size_t)o->batch ? (int)n : o->batch; }

/* All epochs of a trainer. */
static int train(session *s, nb_trainer *trainer, double *loss)
{
    const int epochs = s->o->epochs;
    nb_train_report report = {0};
    nb_error err;
    for (int epoch = 0; epoch < epochs; epoch++) {
        do {
            if (nb_trainer_step(trainer, &report, &err) != NB_OK) return cli_failed(&err);
        } while (!report.epoch_end);
        loss[epoch] = report.epoch_loss;
        cli_progress("training", epoch + 1, epochs, report.epoch_loss);
    }
    if (s->o->ema > 0.0 && nb_trainer_use_ema(trainer, true, &err) != NB_OK) return cli_failed(&err);
    s->result.final_loss = report.epoch_loss;
    return 0;
}

int cli_train(session *s, nb_model *model, const float *data, size_t n, nb_train_config config, double **loss)
{
    double *kept = session_take(s, (size_t)s->o->epochs, sizeof *kept);
    nb_trainer *trainer = NULL;
    nb_error err;
    if (kept == NULL) return NB_EXIT_FAILED;
    config.batch = cli_batch(s->o, n);
    config.lr = s->o->lr;
    config.ema_decay = s->o->ema;
    if (nb_trainer_create(model, s->schedule, s->torch, data, n, &config, &trainer, &err) != NB_OK)
        return cli_failed(&err);
    const int status = train(s, trainer, kept);
    nb_trainer_destroy(trainer);
    *loss = kept;
    return status;
}

nb_sample_config cli_sampling(const cli_options *o)
{
    return (nb_sample_config){.n = (size_t)o->samples,
                              .steps = o->steps,
                              .method = o->method,
                              .eta = o->eta,
                              .variance = o->variance,
                              .clip = o->clip ? NB_CLIP_RANGE : NB_CLIP_AUTO,
                              .clip_low = -1.0F,
                              .clip_high = 1.0F};
}

int cli_sample(session *s, nb_model *model, const nb_sample_config *config, const float *x_T, float *out)
{
    nb_sampler *sampler = NULL;
    nb_error err;
    if (nb_sampler_create(model, s->schedule, s->torch, config, x_T, &sampler, &err) != NB_OK)
        return cli_failed(&err);
    nb_status status = NB_OK;
    for (int done = 1; status == NB_OK && nb_sampler_t(sampler) >= 0; done++) {
        status = nb_sampler_step(sampler, &err);
        if (status == NB_OK) cli_progress("sampling", done, config->steps, NAN);
    }
    if (status == NB_OK)
        memcpy(out, nb_sampler_x(sampler), config->n * nb_model_sample_size(model) * sizeof *out);
    nb_sampler_destroy(sampler);
    return status == NB_OK ? 0 : cli_failed(&err);
}
