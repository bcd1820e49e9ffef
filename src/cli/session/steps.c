/* steps.c - training and sampling to the end, with a progress bar on a terminal. */
#include "cli/session/steps.h"

#include "cli/interrupt.h"
#include "cli/message.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

/* All epochs of a trainer, from where a checkpoint has left it. *done: how many are completed. */
static int train(session *s, nb_trainer *trainer, double *loss, size_t *done)
{
    const size_t epochs = (size_t)s->o->epochs;
    nb_train_report report;
    nb_error err;
    while (*done < epochs && !cli_interrupted()) {
        if (nb_trainer_step(trainer, &report, &err) != NB_OK) return cli_failed(&err);
        if (!report.epoch_end) continue;
        if ((size_t)report.epoch != *done + 1)
            return cli_fail(NB_EXIT_USAGE, "%s: %zu losses of %d epochs", s->o->resume, *done,
                            (int)report.epoch - 1);
        loss[(*done)++] = report.epoch_loss;
        cli_progress("training", (long)*done, (long)epochs, report.epoch_loss);
    }
    return 0;
}

/* Goes on from the run's checkpoint, trains, and keeps what was trained, be it all or not. */
static int train_and_keep(session *s, const char *network, nb_model *model, nb_trainer *trainer, double *loss)
{
    const size_t epochs = (size_t)s->o->epochs;
    nb_error err;
    size_t done = 0;
    int status = 0;
    if (s->resumed && checkpoint_has(s->resumed, network))
        status = checkpoint_restore(s->resumed, network, trainer, epochs, loss, &done);
    if (status == 0) status = train(s, trainer, loss, &done);
    if (status == 0) status = checkpoint_keep(&s->trained, network, trainer, loss, done);
    if (status == 0 && done < epochs) status = cli_interrupted();
    if (status != 0) return status;
    if (s->o->ema > 0.0 && nb_trainer_use_ema(trainer, true, &err) != NB_OK) return cli_failed(&err);
    s->result.final_loss = loss[epochs - 1];
    nb_training training = nb_model_get_training(model);
    training.has_seed = true; /* a generator whose state was restored does not know it */
    training.seed = s->o->seed;
    return nb_model_set_training(model, &training, &err) == NB_OK ? 0 : cli_failed(&err);
}

/* What a recipe says but for the options that somebody chose, or, without one, what all options say; labels, further inputs and
 * their dropout are the exercise's. */
static void set_config(const cli_options *o, size_t n, nb_train_config *config)
{
    const int batch = cli_batch(o, n);
    const double steps = fmin(ceil((double)n / batch) * o->epochs, 2e9);
    nb_train_config asked = *config;
    if (o->trains) {
        asked = nb_recipe_config(o->trains, n, batch, o->epochs);
        asked.labels = config->labels;
        asked.cond = config->cond;
        asked.label_dropout = config->label_dropout;
    }
    asked.batch = batch;
    if (cli_decides(o, "lr")) asked.lr = o->lr;
    if (cli_decides(o, "ema")) asked.ema_decay = o->ema;
    if (cli_decides(o, "optimizer")) asked.optimizer = o->optimizer;
    if (cli_decides(o, "objective") && config->objective == NB_OBJECTIVE_EPS) asked.objective = o->objective;
    if (cli_decides(o, "stratified")) asked.stratified = o->stratified;
    if (cli_decides(o, "warmup")) asked.warmup = (int)(o->warmup * steps);
    if (cli_decides(o, "decay")) asked.decay_steps = o->decay ? (int)steps : 0;
    *config = asked;
}

const nb_schedule *cli_schedule(const session *s, nb_objective objective)
{
    return objective == NB_OBJECTIVE_FLOW ? NULL : s->schedule;
}

int cli_train(session *s, const char *network, nb_model *model, const float *data, size_t n,
              nb_train_config config, double **loss)
{
    double *kept = session_take(s, (size_t)s->o->epochs, sizeof *kept);
    nb_trainer *trainer = NULL;
    nb_error err;
    if (kept == NULL) return NB_EXIT_FAILED;
    set_config(s->o, n, &config);
    if (nb_trainer_create(model, cli_schedule(s, config.objective), s->torch, data, n, &config, &trainer,
                          &err) != NB_OK)
        return cli_failed(&err);
    const int status = train_and_keep(s, network, model, trainer, kept);
    nb_trainer_destroy(trainer);
    *loss = kept;
    return status;
}

bool cli_pack_trained(const session *s, const char *what, const char *const lists[CLI_LISTS], uint8_t **out,
                      size_t *size)
{
    char *settings = NULL;
    size_t settings_size = 0;
    const bool packed = cli_write_settings(s->o, what, lists, &settings, &settings_size) &&
                        checkpoint_encode(&s->trained, settings, settings_size, out, size);
    free(settings);
    return packed;
}

void cli_tell_kept(const session *s, size_t count, const char *const *words)
{
    const training_state *last = &s->trained.state[s->trained.count - 1];
    fprintf(stderr,
            "noisebook: after %zu of %d epochs%s%s, what was trained is kept; to go on: ", last->epochs,
            s->o->epochs, *last->network ? " of " : "", last->network);
    for (size_t i = 0; i < count; i++) {
        if (i) fputc(' ', stderr);
        cli_print_word(stderr, words[i]);
    }
    fputc('\n', stderr);
}

nb_sample_config cli_sampling(const cli_options *o)
{
    return (nb_sample_config){.n = (size_t)o->samples,
                              .steps = o->steps,
                              .method = o->method,
                              .eta = o->eta,
                              .variance = o->variance,
                              .clip = o->clip,
                              .clip_low = o->clip_low,
                              .clip_high = o->clip_high,
                              .any_schedule = o->any_schedule};
}

void cli_tell_enlarged(session *s, nb_method method, const nb_sampler *sampler, int t)
{
    enum { MUCH = 4 };
    float low, high;
    const float *bar = nb_schedule_table(s->schedule, NB_ALPHA_BAR);
    const int next = nb_sampler_t(sampler);
    const double from = (double)bar[t], to = next < 0 ? 1.0 : (double)bar[next];
    /* x = sqrt(to) x_0 + sqrt(1 - to) eps, where x_0 = (x_t - sqrt(1 - from) eps) / sqrt(from) */
    const double times = fabs(sqrt(1.0 - to) - sqrt(to * (1.0 - from) / from));
    if (s->told || nb_sampler_clips(sampler, &low, &high) || !nb_method_describe(method)->clips ||
        times < MUCH)
        return;
    s->told = true;
    cli_fail(0,
             "note: x_0 is not clipped, so the first step, from t = %d to %d, makes the network's error %.0f "
             "times as "
             "large, and samples may lie far outside the data; --clip auto, or --clip LOW,HIGH where the "
             "weights do not "
             "know their data's range, prevents that",
             t, next < 0 ? 0 : next, times);
}

int cli_sample(session *s, nb_model *model, const nb_sample_config *config, const float *x_T, float *out)
{
    const nb_schedule *schedule = cli_schedule(s, nb_model_get_training(model).objective);
    nb_sampler *sampler = NULL;
    nb_error err;
    if (nb_sampler_create(model, schedule, s->torch, config, x_T, &sampler, &err) != NB_OK)
        return cli_failed(&err);
    int status = 0;
    for (int done = 1; status == 0 && nb_sampler_t(sampler) >= 0; done++) {
        const int t = nb_sampler_t(sampler);
        status = nb_sampler_step(sampler, &err) == NB_OK ? cli_interrupted() : cli_failed(&err);
        if (status == 0 && done == 1 && schedule) cli_tell_enlarged(s, config->method, sampler, t);
        if (status == 0) cli_progress("sampling", done, config->steps, NAN);
    }
    if (status == 0)
        memcpy(out, nb_sampler_x(sampler), config->n * nb_model_sample_size(model) * sizeof *out);
    nb_sampler_destroy(sampler);
    return status;
}
