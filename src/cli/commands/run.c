/* run.c - an exercise from start to files. */
#include "cli/commands/commands.h"
#include "cli/exercises/exercises.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/session/record.h"
#include "cli/session/steps.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* NULL after a message. */
static const cli_exercise *find_exercise(const char *name)
{
    if (name == NULL) {
        cli_fail(0, "run needs an exercise: noisebook list names them");
        return NULL;
    }
    int last = 0;
    for (const cli_exercise *e = cli_exercises; e->name; e++) {
        if (strcmp(name, e->name) == 0) return e;
        if (isdigit((unsigned char)e->name[0])) last = atoi(e->name);
    }
    cli_fail(0, "run %s: there are the exercises 1 to %d and \"companion\"", name, last);
    return NULL;
}

static int print_help(const cli_exercise *e)
{
    printf("usage: noisebook run %s [OPTION ...]\n\n%s\n", e->name, e->title);
    if (e->about) printf("\n%s", e->about);
    printf("\n");
    for (int i = CLI_LISTS - 1; i >= 0; i--) cli_print_options(e->options[i]);
    printf("\nIt writes %s.\n", e->writes);
    return 0;
}

static bool add_result(const cli_exercise *e, session *s, double seconds)
{
    const cli_result *r = &s->result;
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "exercise", e->name);
    json_text(&j, "title", e->title);
    cli_add_settings(&j, s->o, e->options[CLI_COMMON]);
    if (r->kernels) json_text(&j, "kernels", r->kernels);
    if (r->parameters) json_number(&j, "parameters", (double)r->parameters);
    json_number(&j, "seconds", seconds);
    json_number(&j, "final_loss", r->final_loss);
    if (r->metrics) {
        json_open(&j, "metrics");
        for (size_t i = 0; i < r->metrics; i++) {
            if (r->metric[i].count)
                json_numbers(&j, r->metric[i].name, r->metric[i].count, r->metric[i].list);
            else
                json_number(&j, r->metric[i].name, r->metric[i].value);
        }
        json_close(&j);
    }
    json_open(&j, "settings");
    cli_add_settings(&j, s->o, e->options[CLI_OWN]);
    if (s->o->weights == NULL) cli_add_settings(&j, s->o, e->options[CLI_TRAINING]);
    json_close(&j);
    json_open(&j, "versions");
    json_text(&j, "noisebook", NB_VERSION);
    json_text(&j, "compiler", __VERSION__);
    json_close(&j);
    json_close(&j);
    size_t size = 0;
    uint8_t *text = json_take(&j, &size);
    if (text == NULL) {
        cli_fail(0, "not enough memory for result.json");
        return false;
    }
    cli_set_add(&s->result.files, "result.json", text, size);
    return true;
}

/* The exercises that let one choose a method have a network of noised data, and no flow; false after a message. */
static bool samples_noised(nb_method method)
{
    char names[80] = "";
    if (!nb_method_describe(method)->flow) return true;
    for (int k = 0; nb_method_describe((nb_method)k); k++) {
        const nb_method_info *m = nb_method_describe((nb_method)k);
        const size_t used = strlen(names);
        if (!m->flow) snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", m->name);
    }
    cli_fail(0, "--method %s: it samples flows, which exercise 12 trains; this one takes %s",
             nb_method_name(method), names);
    return false;
}

/* Options that are fine alone but not together; false after a message. */
static bool fit_together(const cli_options *o, const cli_exercise *e)
{
    if (o->objective == NB_OBJECTIVE_FLOW) {
        cli_fail(0, "--objective flow: exercise 12 trains flows, and so does noisebook train");
        return false;
    }
    if (o->steps > o->timesteps && cli_given(o, "steps")) {
        cli_fail(0, "--steps %d: with T = %d it takes 1 to %d", o->steps, o->timesteps, o->timesteps);
        return false;
    }
    if (o->steps > o->timesteps) {
        cli_fail(0, "T = %d: the default of --steps is %d; give --steps 1 to %d", o->timesteps, o->steps,
                 o->timesteps);
        return false;
    }
    if (strstr(e->options[CLI_OWN], "method") == NULL) return true;
    return samples_noised(o->method) && cli_check_method(o);
}

/* The sizes of the pictures that the weights are for, likewise. */
static bool take_size(cli_options *o, const char *name, int size)
{
    char text[16];
    snprintf(text, sizeof text, "%d", size);
    return cli_given(o, name) || cli_keep(o, name, text);
}

/* What the weights say of themselves, where the command line does not; false after a message. */
static bool take_record(cli_options *o, const cli_exercise *e)
{
    uint8_t *file = NULL;
    size_t size = 0;
    nb_training known;
    nb_model_config sizes;
    nb_error err;
    const char *own = e->options[CLI_OWN];
    const bool schedule = strstr(own, "schedule=") != NULL, pictures = strstr(own, "height=") != NULL;
    if (o->weights == NULL || strstr(e->options[CLI_COMMON], "weights") == NULL) return true;
    if (!cli_read_file(o->weights, &file, &size)) return false;
    nb_status status = nb_training_of(file, size, &known, &err);
    if (status == NB_OK && pictures) status = nb_model_config_of(NB_MINI_UNET, file, size, &sizes, &err);
    free(file);
    if (status != NB_OK) {
        cli_fail(0, "%s: %s", o->weights, err.message);
        return false;
    }
    if (schedule && !cli_take_schedule(o, &known)) return false;
    return !pictures ||
           (take_size(o, "height", sizes.image_height) && take_size(o, "width", sizes.image_width));
}

/* What the recipe says, where nothing else does; false after a message. */
static bool take_recipe(cli_options *o, const cli_exercise *e)
{
    nb_error err;
    int found;
    if (o->recipe == NULL || e->data == NULL) return true;
    if (nb_recipe_find(e->data, o->recipe, &found, &err) != NB_OK) {
        cli_fail(0, "--recipe: %s", err.message);
        return false;
    }
    const nb_recipe *r = o->trains = nb_recipe_describe(found);
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"timesteps", r->T}, {"epochs", r->epochs}, {"batch", r->batch},
                   {"lr", r->lr},       {"ema", r->ema_decay}, {"warmup", r->warmup}};
    char text[32];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        snprintf(text, sizeof text, "%.17g", numbers[i].value);
        if (!cli_propose(o, numbers[i].name, text)) return false;
    }
    snprintf(text, sizeof text, "%d", r->steps);
    if (r->steps && !cli_propose(o, "steps", text)) return false;
    snprintf(text, sizeof text, "%.17g", r->eta);
    if (r->eta > 0.0 && !cli_propose(o, "eta", text)) return false;
    if (r->clip && !cli_propose(o, "clip", "on")) return false;
    return cli_propose(o, "optimizer", r->optimizer) && cli_propose(o, "objective", r->objective) &&
           cli_propose(o, "decay", r->decay ? "on" : "off") &&
           cli_propose(o, "stratified", r->stratified ? "on" : "off") &&
           cli_propose(o, "schedule", r->schedule);
}

/* What was trained by a run that ended early, and the command that goes on with it. The exit status. */
static int keep(const cli_exercise *e, const session *s, const char *program, int status)
{
    uint8_t *file = NULL;
    size_t size = 0;
    cli_file_set set = {0};
    bool kept = cli_pack_trained(s, e->name, e->options, &file, &size);
    if (kept) cli_set_add(&set, checkpoint_name, file, size);
    kept = kept && cli_set_write(&set, s->o->out);
    cli_set_free(&set);
    if (!kept) return NB_EXIT_FAILED;
    char path[CLI_MOST_PATH];
    snprintf(path, sizeof path, "%s/%s", s->o->out, checkpoint_name);
    const char *const words[] = {program, "run", e->name, "--resume", path, "--out", s->o->out};
    cli_tell_kept(s, sizeof words / sizeof *words, words);
    return status;
}

/* The exercise in its session, and the files. An exit status. */
static int run(const cli_exercise *e, const cli_options *o, const checkpoint *resumed, const char *program)
{
    session s;
    const double start = seconds_now();
    cli_watch_signals();
    int status = session_open(&s, o, resumed);
    if (status == 0) status = e->run(&s);
    if (status != 0 && cli_interrupted() && isatty(STDERR_FILENO))
        fputc('\n', stderr); /* below the progress bar */
    if (status != 0 && s.trained.count > 0)
        status = keep(e, &s, program, status);
    else if (status != 0 && cli_interrupted())
        cli_fail(0, "interrupted: nothing was trained, and nothing is written");
    if (status == 0 && !(add_result(e, &s, seconds_now() - start) && cli_set_write(&s.result.files, o->out)))
        status = NB_EXIT_FAILED;
    if (status == 0) {
        printf("%s/:", o->out);
        for (size_t i = 0; i < s.result.files.count; i++) printf(" %s", s.result.files.file[i].name);
        printf("\n");
        if (s.result.lacks_figure) status = NB_EXIT_FAILED;
    }
    session_close(&s);
    return status;
}

/* The options complete, and fit for the exercise; false after a message. */
static bool settle(cli_options *o, const cli_exercise *e, const checkpoint *resumed)
{
    static char directory[32];
    const char *settings;
    size_t size;
    char what[32];
    snprintf(what, sizeof what, "run %s", e->name);
    snprintf(directory, sizeof directory, "noisebook-%s%s", strlen(e->name) == 1 ? "0" : "", e->name);
    if (o->out == NULL) o->out = directory;
    if (!cli_heeded(o, what, e->options)) return false;
    if (resumed && !(checkpoint_settings(resumed, &settings, &size) &&
                     cli_read_settings(o, o->resume, e->name, settings, size)))
        return false;
    if (!take_record(o, e) || !take_recipe(o, e) || !cli_complete(o, e->options)) return false;
    if (o->steps == 0) o->steps = o->timesteps;
    return fit_together(o, e);
}

int nb_cli_run(int argc, char **argv)
{
    cli_options o;
    int status;
    if (!cli_parse("run", argc - 2, argv + 2, &o, &status)) return status;
    const cli_exercise *e = find_exercise(o.positional);
    if (e == NULL) return NB_EXIT_USAGE;
    if (o.help) return print_help(e);
    checkpoint resumed = {0};
    const bool ready = (o.resume == NULL || checkpoint_open(&resumed, o.resume)) &&
                       settle(&o, e, o.resume ? &resumed : NULL);
    status = NB_EXIT_USAGE;
    if (ready && !(cli_can_write(o.out, e->writes) && cli_can_write(o.out, checkpoint_name)))
        status = NB_EXIT_FAILED;
    else if (ready)
        status = run(e, &o, o.resume ? &resumed : NULL, argv[0]);
    checkpoint_close(&resumed);
    return status;
}
