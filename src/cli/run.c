/* run.c - an exercise from start to files. */
#include "cli/exercises.h"
#include "cli/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The number of an exercise that can be run, or 0 after a message. */
static int exercise_number(const char *text)
{
    if (text == NULL) {
        cli_fail(0, "run needs an exercise's number: noisebook list names them");
        return 0;
    }
    char *end = NULL;
    const long n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || n < 1 || n > CLI_EXERCISES) {
        cli_fail(0, "run %s: exercises are numbered 1 to %d", text, CLI_EXERCISES);
        return 0;
    }
    if (cli_exercises[n - 1].run == NULL) {
        cli_fail(0, "exercise %ld (%s) is in preparation: noisebook list tells which can be run", n,
                 cli_exercises[n - 1].title);
        return 0;
    }
    return (int)n;
}

int cli_failed(const nb_error *err)
{
    const bool usage =
        err->status == NB_ERR_ARGUMENT || err->status == NB_ERR_FORMAT || err->status == NB_ERR_SHAPE;
    return cli_fail(usage ? NB_EXIT_USAGE : NB_EXIT_FAILED, "%s", err->message);
}

static void add_settings(json *j, const cli_options *o, const char *settings, bool trained)
{
    if (strstr(settings, "schedule")) json_text(j, "schedule", nb_schedule_name(o->schedule));
    if (strstr(settings, "timesteps")) json_number(j, "timesteps", o->timesteps);
    if (strstr(settings, "points")) json_number(j, "points", o->points);
    if (!trained) return;
    json_number(j, "epochs", o->epochs);
    json_number(j, "batch", o->batch);
    json_number(j, "lr", o->lr);
}

static bool add_result(const cli_options *o, int exercise, double seconds, cli_result *r)
{
    json j = {0};
    json_open(&j, NULL);
    json_number(&j, "exercise", exercise);
    json_text(&j, "title", cli_exercises[exercise - 1].title);
    json_number(&j, "seed", o->seed);
    json_text(&j, "mode", o->mode == NB_MODE_FAST ? "fast" : "exact");
    json_number(&j, "threads", o->threads);
    if (r->kernels) json_text(&j, "kernels", r->kernels);
    if (r->parameters) json_number(&j, "parameters", (double)r->parameters);
    json_number(&j, "seconds", seconds);
    json_number(&j, "final_loss", r->final_loss);
    if (!isnan(r->curve_distance)) {
        json_open(&j, "metrics");
        json_number(&j, "curve_distance", r->curve_distance);
        json_number(&j, "sliced_wasserstein", r->sliced_wasserstein);
        json_close(&j);
    }
    json_open(&j, "settings");
    add_settings(&j, o, cli_exercises[exercise - 1].settings, !isnan(r->final_loss));
    json_close(&j);
    json_open(&j, "versions");
    json_text(&j, "noisebook", NB_VERSION);
    json_text(&j, "compiler", __VERSION__);
    json_close(&j);
    json_close(&j);
    size_t size = 0;
    uint8_t *text = json_take(&j, &size);
    if (text == NULL) return false;
    cli_set_add(&r->files, "result.json", text, size);
    return true;
}

/* What the exercise takes where nothing is asked for. */
static void set_defaults(cli_options *o, const cli_exercise *e)
{
    if (e->points && !cli_given(o, "points")) o->points = e->points;
    if (e->epochs && !cli_given(o, "epochs")) o->epochs = e->epochs;
    if (e->batch && !cli_given(o, "batch")) o->batch = e->batch;
    if (e->samples && !cli_given(o, "samples")) o->samples = e->samples;
    if (e->steps && !cli_given(o, "steps")) o->steps = e->steps;
    if (e->linear && !cli_given(o, "schedule")) o->schedule = NB_SCHEDULE_LINEAR;
}

int nb_cli_run(int argc, char **argv)
{
    cli_options o;
    int status;
    if (!cli_parse("run", argc, argv, &o, &status)) return status;
    const int n = exercise_number(o.positional);
    if (n == 0) return NB_EXIT_USAGE;
    char directory[32];
    snprintf(directory, sizeof directory, "noisebook-%02d", n);
    if (o.out == NULL) o.out = directory;
    set_defaults(&o, &cli_exercises[n - 1]);
    if (!cli_can_write(o.out)) return NB_EXIT_USAGE;

    cli_result result = {.final_loss = NAN, .curve_distance = NAN, .sliced_wasserstein = NAN};
    const double start = seconds_now();
    status = cli_exercises[n - 1].run(&o, &result);
    if (status == 0 &&
        !(add_result(&o, n, seconds_now() - start, &result) && cli_set_write(&result.files, o.out)))
        status = NB_EXIT_FAILED;
    if (status == 0) {
        printf("%s/:", o.out);
        for (size_t i = 0; i < result.files.count; i++) printf(" %s", result.files.file[i].name);
        printf("\n");
    }
    cli_set_free(&result.files);
    return status;
}
