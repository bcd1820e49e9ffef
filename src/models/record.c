/* record.c - a model's record in the __metadata__ of a safetensors file: names and strings, as noisebook.h lists them. */
#include "models/training.h"

#include "base/error.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Writing ------------------------------------------------------------------------------------------------ */

static void add_whole(nb_safetensors *st, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    nb_safetensors_add_note(st, name, text);
}

static void add_real(nb_safetensors *st, const char *name, double value, int digits)
{
    char text[40];
    nb_number_write(value, digits, text, sizeof text);
    nb_safetensors_add_note(st, name, text);
}

static void add_schedule(nb_safetensors *st, const nb_training *t)
{
    char crc[16];
    if (t->T == 0) return;
    nb_safetensors_add_note(st, "schedule",
                            t->schedule == NB_SCHEDULE_OWN ? "own" : nb_schedule_name(t->schedule));
    add_whole(st, "T", t->T);
    if (t->beta_end > 0.0) {
        add_real(st, "beta_start", t->beta_start, 15);
        add_real(st, "beta_end", t->beta_end, 15);
    }
    if (t->zero_terminal_snr) nb_safetensors_add_note(st, "zero_terminal_snr", "true");
    snprintf(crc, sizeof crc, "%08lx", (unsigned long)t->beta_crc);
    nb_safetensors_add_note(st, "beta_crc", crc);
}

void nb_record_add(nb_safetensors *st, const nb_model *model, const nb_training *t)
{
    nb_safetensors_add_note(st, "format", "pt"); /* PyTorch's layout, as its own writer says */
    nb_safetensors_add_note(st, "noisebook", "1");
    nb_safetensors_add_note(st, "model", nb_model_kind_name(model->config.kind));
    nb_model_size size;
    for (size_t i = 0; nb_model_size_at(model->config.kind, i, &size); i++) {
        int value;
        memcpy(&value, (const char *)&model->config + size.offset, sizeof value);
        add_whole(st, size.name, value);
    }
    st->graph = model->text;
    nb_safetensors_add_note(st, "objective", nb_objective_name(t->objective));
    add_schedule(st, t);
    if (t->has_seed) add_whole(st, "seed", t->seed);
    if (t->steps > 0) add_whole(st, "steps", t->steps);
    if (t->has_range) {
        add_real(st, "data_min", (double)t->data_min, 9);
        add_real(st, "data_max", (double)t->data_max, 9);
    }
}

/* ---- Reading: each field is optional but good, or false ------------------------------------------------------ */

/* there: whether the record has the field; *out stays as it is if not. */
static bool read_real(const nb_safetensors *st, const char *name, bool *there, double *out)
{
    const char *text = nb_safetensors_note(st, name);
    *there = text != NULL;
    return text == NULL || nb_number_read(text, out);
}

static bool read_whole(const nb_safetensors *st, const char *name, double least, double most, bool *there,
                       double *out)
{
    if (!read_real(st, name, there, out)) return false;
    return !*there || (*out >= least && *out <= most && floor(*out) == *out);
}

static bool read_config(const nb_safetensors *st, nb_model_config *out)
{
    const char *name = nb_safetensors_note(st, "model");
    nb_model_kind kind;
    if (name && strcmp(name, nb_model_kind_name(NB_NETWORK)) == 0) {
        *out = nb_model_default(NB_NETWORK);
        return st->graph != NULL;
    }
    if (name == NULL || nb_model_kind_find(name, &kind, NULL) != NB_OK) return false;
    nb_model_config config = nb_model_default(kind);
    nb_model_size size;
    for (size_t i = 0; nb_model_size_at(kind, i, &size); i++) {
        double value = 0.0;
        bool there;
        if (!read_whole(st, size.name, 0.0, 65536.0, &there, &value) || !there) return false;
        const int whole = (int)value;
        memcpy((char *)&config + size.offset, &whole, sizeof whole);
    }
    if (nb_model_check(&config, NULL) != NB_OK) return false;
    *out = config;
    return true;
}

static bool read_schedule(const nb_safetensors *st, nb_training *out)
{
    const char *name = nb_safetensors_note(st, "schedule"), *crc = nb_safetensors_note(st, "beta_crc");
    const char *zero = nb_safetensors_note(st, "zero_terminal_snr");
    bool there, start, end;
    double T = 0.0;
    if (!read_whole(st, "T", 2.0, 100000.0, &there, &T) || there != (name != NULL) || there != (crc != NULL))
        return false;
    if (!there) return true;
    if (zero && strcmp(zero, "true") != 0) return false;
    out->T = (int)T;
    out->zero_terminal_snr = zero != NULL;
    if (strcmp(name, "own") == 0)
        out->schedule = NB_SCHEDULE_OWN;
    else if (nb_schedule_find(name, &out->schedule, NULL) != NB_OK)
        return false;
    static const char hex[] = "0123456789abcdef";
    if (strlen(crc) != 8 || strspn(crc, hex) != 8) return false;
    for (; *crc; crc++) out->beta_crc = out->beta_crc << 4 | (uint32_t)(strchr(hex, *crc) - hex);
    return read_real(st, "beta_start", &start, &out->beta_start) &&
           read_real(st, "beta_end", &end, &out->beta_end) && start == end;
}

static bool read_training(const nb_safetensors *st, nb_training *out)
{
    nb_training t = {0};
    bool steps, high;
    double seed = 0.0, taken = 0.0, data_min = 0.0, data_max = 0.0;
    if (!read_schedule(st, &t) || !read_whole(st, "seed", 0.0, 4294967295.0, &t.has_seed, &seed) ||
        !read_whole(st, "steps", 0.0, 9007199254740992.0, &steps, &taken) ||
        !read_real(st, "data_min", &t.has_range, &data_min) || !read_real(st, "data_max", &high, &data_max) ||
        t.has_range != high || fabs(data_min) > 3e38 || fabs(data_max) > 3e38)
        return false;
    const char *objective = nb_safetensors_note(st, "objective");
    if (objective && nb_objective_find(objective, &t.objective, NULL) != NB_OK) return false;
    t.seed = (uint32_t)seed;
    t.steps = (int64_t)taken;
    t.data_min = (float)data_min;
    t.data_max = (float)data_max;
    if (nb_training_valid(&t, NULL) != NB_OK) return false;
    *out = t;
    return true;
}

bool nb_record_read(const nb_safetensors *st, nb_model_config *config, nb_training *training)
{
    const char *version = nb_safetensors_note(st, "noisebook");
    nb_model_config c;
    nb_training t;
    if (version == NULL || strcmp(version, "1") != 0 || !read_config(st, &c) || !read_training(st, &t))
        return false;
    *config = c;
    *training = t;
    return true;
}
