/* run_config.c - reading the settings of a run of the studio. What a section says beyond what training takes (how the network's
 * text came about, how to sample) is the page's, which holds it to what it takes; here it is passed over. */
#include "cli/session/run_config.h"

#include "cli/files/json_read.h"
#include "cli/message.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEWEST = 1, MOST_OPTION = 32 };

/* The settings of "training" that are options of noisebook train, which has dashes where they have underlines. */
static const char *const training[] = {"seed",   "mode",  "schedule",     "timesteps", "objective",
                                       "lr",     "batch", "warmup",       "decay",     "optimizer",
                                       "epochs", "ema",   "label_dropout"};
enum { TRAINING = sizeof training / sizeof *training };

typedef struct reading {
    const cli_options *o;
    run_config *c;
    const char *values[TRAINING]; /* as options take them; NULL: not said */
    const char *file, *labels, *network;
    double version, held_out, patience, seconds;
} reading;

static bool complain(const reading *r, const json_value *v, const char *takes)
{
    cli_fail(0, "%s: %s takes %s", r->o->config, v->path, takes);
    return false;
}

static bool take_number(const reading *r, const json_value *v, double *out)
{
    if (v->kind != JSON_NUMBER) return complain(r, v, "a number");
    *out = strtod(v->text, NULL);
    return true;
}

static bool take_text(const reading *r, const json_value *v, const char **out)
{
    if (v->kind != JSON_TEXT) return complain(r, v, "a text");
    *out = v->text;
    return true;
}

/* The name of a file in the folder of the settings: nothing that leads out of it. */
static bool take_file(const reading *r, const json_value *v, const char **out)
{
    const char *const accepted = "the name of a file beside it";
    if (v->kind != JSON_TEXT) return complain(r, v, accepted);
    const size_t n = strlen(v->text);
    if (n == 0 || n > 100 || v->text[0] == '.' || v->text[0] == '-' || strpbrk(v->text, "/\\"))
        return complain(r, v, accepted);
    *out = v->text;
    return true;
}

static bool take_training(reading *r, const json_value *v, const char *name)
{
    if (strcmp(name, "stop") == 0) return v->kind == JSON_OBJECT || complain(r, v, "an object");
    if (strcmp(name, "stop.patience") == 0) return take_number(r, v, &r->patience);
    if (strcmp(name, "stop.seconds") == 0) return take_number(r, v, &r->seconds);
    for (int i = 0; i < TRAINING; i++) {
        if (strcmp(training[i], name) != 0) continue;
        if (v->kind == JSON_OBJECT || v->kind == JSON_ARRAY || v->kind == JSON_NULL)
            return complain(r, v, "a number, a text, true or false");
        r->values[i] = v->kind != JSON_SWITCH ? v->text : strcmp(v->text, "true") == 0 ? "on" : "off";
        return true;
    }
    cli_fail(0, "%s: noisebook train knows no setting %.64s", r->o->config, v->path);
    return false;
}

static bool visit(void *to, const json_value *v)
{
    static const char *const sections[] = {"data", "network", "sampling"};
    reading *r = to;
    if (*v->path == '\0')
        return v->kind == JSON_OBJECT || complain(r, &(json_value){.path = "it"}, "an object of settings");
    if (strcmp(v->path, "noisebook_run") == 0) return take_number(r, v, &r->version);
    if (strcmp(v->path, "data.file") == 0) return take_file(r, v, &r->file);
    if (strcmp(v->path, "data.labels") == 0) return v->kind == JSON_NULL || take_file(r, v, &r->labels);
    if (strcmp(v->path, "data.held_out") == 0) return take_number(r, v, &r->held_out);
    if (strcmp(v->path, "network.text") == 0) return take_text(r, v, &r->network);
    if (strncmp(v->path, "training.", 9) == 0) return take_training(r, v, v->path + 9);
    if (strcmp(v->path, "name") == 0 || strcmp(v->path, "training") == 0) return true;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        const size_t n = strlen(sections[i]);
        if (strncmp(v->path, sections[i], n) == 0 && (v->path[n] == '.' || v->path[n] == '\0')) return true;
    }
    cli_fail(0, "%s: a run has no part %.64s", r->o->config, v->path);
    return false;
}

static bool check(const reading *r)
{
    const char *what = NULL;
    if (!(r->version >= 1.0))
        what = "it is no run of the studio, which says \"noisebook_run\": 1";
    else if (r->version > NEWEST)
        what = "it was saved by a newer Noisebook; this one reads version 1";
    else if (r->network == NULL || *r->network == '\0')
        what = "it has no network.text, which the studio writes when a run is saved";
    else if (r->file == NULL)
        what = "it has no data.file";
    else if (!(r->held_out >= 0.0 && r->held_out < 1.0))
        what = "data.held_out is a part of the samples, from 0 to below 1";
    if (what) cli_fail(0, "%s: %s", r->o->config, what);
    return what == NULL;
}

/* name in the folder of the settings. */
static bool beside(const char *config, const char *name, char path[CLI_MOST_PATH])
{
    const char *slash = strrchr(config, '/');
    const size_t folder = slash ? (size_t)(slash - config) + 1 : 0;
    if (folder + strlen(name) < CLI_MOST_PATH) {
        snprintf(path, CLI_MOST_PATH, "%.*s%s", (int)folder, config, name);
        return true;
    }
    cli_fail(0, "%s: its path is too long", config);
    return false;
}

static bool propose(cli_options *o, const reading *r)
{
    bool flow = false;
    for (int i = 0; i < TRAINING; i++)
        flow = flow ||
               (strcmp(training[i], "objective") == 0 && r->values[i] && strcmp(r->values[i], "flow") == 0);
    for (int i = 0; i < TRAINING; i++) {
        char option[MOST_OPTION];
        const bool of_noise = strcmp(training[i], "schedule") == 0 || strcmp(training[i], "timesteps") == 0;
        const bool of_labels = strcmp(training[i], "label_dropout") == 0;
        if (r->values[i] == NULL || (flow && of_noise) || (of_labels && !r->labels && !o->labels)) continue;
        snprintf(option, sizeof option, "%s", training[i]);
        for (char *p = option; *p; p++) *p = *p == '_' ? '-' : *p;
        if (!cli_propose(o, option, r->values[i])) return false;
    }
    return cli_propose(o, "data", r->c->data) && (!r->labels || cli_propose(o, "labels", r->c->labels));
}

/* What the text says into o and c, which keep nothing of the text but by value. */
static bool take(cli_options *o, run_config *c, uint8_t *text, size_t size)
{
    reading r = {.o = o, .c = c};
    if (!json_read(o->config, text, size, visit, &r) || !check(&r)) return false;
    if (!beside(o->config, r.file, c->data) || (r.labels && !beside(o->config, r.labels, c->labels)))
        return false;
    const size_t n = strlen(r.network) + 1;
    c->network = malloc(n);
    if (c->network == NULL) {
        cli_fail(0, "%s: not enough memory", o->config);
        return false;
    }
    memcpy(c->network, r.network, n);
    c->held_out = r.held_out;
    if (r.patience > 0.0 || r.seconds > 0.0)
        cli_fail(0, "%s has a rule to stop early: here all epochs are trained", o->config);
    return propose(o, &r);
}

bool cli_read_run_config(cli_options *o, run_config *c)
{
    uint8_t *text = NULL;
    size_t size = 0;
    if (!cli_read_file(o->config, &text, &size)) return false;
    o->source = o->config;
    const bool taken = take(o, c, text, size);
    o->source = NULL;
    free(text);
    return taken;
}
