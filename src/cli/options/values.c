/* values.c - reading an option's value, and writing it down in result.json. */
#include "cli/options/values.h"

#include "cli/message.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Says what is wrong in one line, and in which file. Returns false. */
__attribute__((format(printf, 2, 3))) static bool refuse(const cli_options *o, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cli_fail(0, "%s%s%s", o->source ? o->source : "", o->source ? ": " : "", text);
    return false;
}

/* A number up to `end`, within the option's range and whole where it has to be; false after a message. */
static bool read_number(const cli_options *o, const cli_option *option, const char *text, const char *end,
                        double *out)
{
    char *stop = NULL;
    errno = 0;
    const double value = strtod(text, &stop);
    const bool whole = option->kind == CLI_INTEGER || option->kind == CLI_SEED;
    const bool positive = option->kind == CLI_POSITIVE;
    const bool good = stop != text && stop == end && isfinite(value) &&
                      (positive ? value > option->low : value >= option->low) && value <= option->high &&
                      (!whole || floor(value) == value);
    if (!good)
        refuse(o,
               whole      ? "--%s %s: it takes a whole number from %.0f to %.0f"
               : positive ? "--%s %s: it takes a number above %g, at most %g"
                          : "--%s %s: it takes a number from %g to %g",
               option->name, text, option->low, option->high);
    *out = value;
    return good;
}

static bool read_scales(const cli_option *option, const char *text, cli_options *o)
{
    size_t count = 0;
    double scales[CLI_MOST_SCALES];
    for (const char *p = text;; p++) {
        const char *end = p + strcspn(p, ",");
        if (count == CLI_MOST_SCALES) {
            return refuse(o, "--%s %s: it takes at most %d numbers", option->name, text, CLI_MOST_SCALES);
        }
        if (!read_number(o, option, p, end, &scales[count++])) return false;
        p = end;
        if (*p == '\0') break;
    }
    memcpy(o->guidance, scales, sizeof scales);
    o->scales = count;
    return true;
}

/* One of two words; false after a message. */
static bool read_word(const cli_options *o, const cli_option *option, const char *text, const char *no,
                      const char *yes, bool *out)
{
    if (strcmp(text, no) != 0 && strcmp(text, yes) != 0) {
        return refuse(o, "--%s %s: it takes %s or %s", option->name, text, no, yes);
    }
    *out = strcmp(text, yes) == 0;
    return true;
}

const char *cli_name_at(cli_kind kind, int i)
{
    switch (kind) {
    case CLI_SCHEDULE:
        return nb_schedule_name((nb_schedule_kind)i);
    case CLI_METHOD:
        return nb_method_name((nb_method)i);
    case CLI_VARIANCE:
        return nb_variance_name((nb_variance)i);
    case CLI_OPTIMIZER:
        return nb_optimizer_name((nb_optimizer)i);
    case CLI_OBJECTIVE:
        return nb_objective_name((nb_objective)i);
    case CLI_MODEL:
        return nb_model_kind_name((nb_model_kind)i);
    default:
        return NULL;
    }
}

/* A name that the core knows; false after its message. */
static bool read_name(const cli_option *option, const char *text, cli_options *o)
{
    nb_error err;
    const nb_status status = option->kind == CLI_SCHEDULE    ? nb_schedule_find(text, &o->schedule, &err)
                             : option->kind == CLI_METHOD    ? nb_method_find(text, &o->method, &err)
                             : option->kind == CLI_VARIANCE  ? nb_variance_find(text, &o->variance, &err)
                             : option->kind == CLI_OPTIMIZER ? nb_optimizer_find(text, &o->optimizer, &err)
                             : option->kind == CLI_OBJECTIVE ? nb_objective_find(text, &o->objective, &err)
                                                             : nb_model_kind_find(text, &o->model, &err);
    return status == NB_OK || refuse(o, "--%s: %s", option->name, err.message);
}

static const struct {
    const char *name;
    nb_clip clip;
} clips[] = {{"auto", NB_CLIP_AUTO}, {"off", NB_CLIP_OFF}, {"on", NB_CLIP_DATA}};
enum { CLIPS = sizeof clips / sizeof clips[0] };

static bool read_clip(const char *text, cli_options *o)
{
    for (int i = 0; i < CLIPS; i++) {
        if (strcmp(text, clips[i].name) != 0) continue;
        o->clip = clips[i].clip;
        return true;
    }
    char *comma, *end;
    const float low = strtof(text, &comma), high = *comma == ',' ? strtof(comma + 1, &end) : 0.0F;
    if (comma == text || *comma != ',' || end == comma + 1 || *end != '\0' || !isfinite(low) ||
        !isfinite(high) || low >= high) {
        return refuse(o, "--clip %s: it takes auto, off, on, or two numbers as -1,1, the lower first", text);
    }
    o->clip = NB_CLIP_RANGE;
    o->clip_low = low;
    o->clip_high = high;
    return true;
}

bool cli_read_value(const cli_option *option, const char *text, cli_options *o)
{
    unsigned char *field = (unsigned char *)o + option->field;
    double number = 0.0;
    bool fast = false;
    switch (option->kind) {
    case CLI_INTEGER:
        if (!read_number(o, option, text, text + strlen(text), &number)) return false;
        memcpy(field, &(int){(int)number}, sizeof(int));
        return true;
    case CLI_SEED:
        if (!read_number(o, option, text, text + strlen(text), &number)) return false;
        memcpy(field, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        return true;
    case CLI_REAL:
    case CLI_POSITIVE:
        if (!read_number(o, option, text, text + strlen(text), &number)) return false;
        memcpy(field, &number, sizeof number);
        return true;
    case CLI_SCALES:
        return read_scales(option, text, o);
    case CLI_SWITCH:
        return read_word(o, option, text, "off", "on", (bool *)field);
    case CLI_SCHEDULE:
    case CLI_METHOD:
    case CLI_VARIANCE:
    case CLI_OPTIMIZER:
    case CLI_OBJECTIVE:
    case CLI_MODEL:
        return read_name(option, text, o);
    case CLI_CLIP:
        return read_clip(text, o);
    case CLI_MODE:
        if (!read_word(o, option, text, "exact", "fast", &fast)) return false;
        o->mode = fast ? NB_MODE_FAST : NB_MODE_EXACT;
        return true;
    case CLI_RECIPE: /* which names there are depends on the exercise */
    case CLI_TEXT:
        memcpy(field, &text, sizeof text);
        return *text != '\0' || refuse(o, "--%s takes a name, not an empty one", option->name);
    }
    return false;
}

static void scales_text(const cli_options *o, char *out, size_t capacity)
{
    size_t used = 0;
    for (size_t i = 0; i < o->scales && used < capacity; i++)
        used += (size_t)snprintf(out + used, capacity - used, "%s%.17g", i ? "," : "", o->guidance[i]);
}

static void clip_text(const cli_options *o, char *out, size_t capacity)
{
    snprintf(out, capacity, "%.9g,%.9g", (double)o->clip_low, (double)o->clip_high);
    for (int i = 0; i < CLIPS; i++) {
        if (clips[i].clip == o->clip) snprintf(out, capacity, "%s", clips[i].name);
    }
}

bool cli_value_text(const cli_option *option, const cli_options *o, char *out, size_t capacity)
{
    const unsigned char *field = (const unsigned char *)o + option->field;
    int whole;
    double number;
    const char *text = NULL;
    switch (option->kind) {
    case CLI_INTEGER:
        memcpy(&whole, field, sizeof whole);
        snprintf(out, capacity, "%d", whole);
        return true;
    case CLI_SEED:
        snprintf(out, capacity, "%lu", (unsigned long)o->seed);
        return true;
    case CLI_REAL:
    case CLI_POSITIVE:
        memcpy(&number, field, sizeof number);
        snprintf(out, capacity, "%.17g", number);
        return true;
    case CLI_SCALES:
        scales_text(o, out, capacity);
        return true;
    case CLI_SWITCH:
        text = *(const bool *)field ? "on" : "off";
        break;
    case CLI_SCHEDULE:
        text = nb_schedule_name(o->schedule);
        break;
    case CLI_METHOD:
        text = nb_method_name(o->method);
        break;
    case CLI_VARIANCE:
        text = nb_variance_name(o->variance);
        break;
    case CLI_OPTIMIZER:
        text = nb_optimizer_name(o->optimizer);
        break;
    case CLI_OBJECTIVE:
        text = nb_objective_name(o->objective);
        break;
    case CLI_MODEL:
        text = nb_model_kind_name(o->model);
        break;
    case CLI_CLIP:
        clip_text(o, out, capacity);
        return true;
    case CLI_MODE:
        text = o->mode == NB_MODE_FAST ? "fast" : "exact";
        break;
    case CLI_RECIPE:
    case CLI_TEXT:
        memcpy(&text, field, sizeof text);
        break;
    }
    if (text) snprintf(out, capacity, "%s", text);
    return text != NULL;
}

void cli_add_value(const cli_option *option, const cli_options *o, json *j)
{
    const unsigned char *field = (const unsigned char *)o + option->field;
    char text[64];
    int whole;
    double number;
    switch (option->kind) {
    case CLI_INTEGER:
        memcpy(&whole, field, sizeof whole);
        json_number(j, option->name, whole);
        return;
    case CLI_SEED:
        json_number(j, option->name, o->seed);
        return;
    case CLI_REAL:
    case CLI_POSITIVE:
        memcpy(&number, field, sizeof number);
        json_number(j, option->name, number);
        return;
    case CLI_SCALES:
        json_numbers(j, option->name, o->scales, o->guidance);
        return;
    case CLI_TEXT:
        return;
    case CLI_SWITCH:
    case CLI_SCHEDULE:
    case CLI_METHOD:
    case CLI_VARIANCE:
    case CLI_OPTIMIZER:
    case CLI_OBJECTIVE:
    case CLI_MODEL:
    case CLI_CLIP:
    case CLI_MODE:
    case CLI_RECIPE:
        if (cli_value_text(option, o, text, sizeof text)) json_text(j, option->name, text);
        return;
    }
}
