/* checkpoint.c - what was trained so far, as a file to go on from. */
#include "cli/session/checkpoint.h"

#include "cli/files/files.h"
#include "cli/message.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char checkpoint_name[] = "checkpoint.safetensors";

static const char settings_name[] = "run.settings", loss_name[] = "run.loss";

/* What stands before the names of a network's tensors. */
static size_t prefix_of(const char *network, char out[NB_ST_MOST_NAME])
{
    return (size_t)snprintf(out, NB_ST_MOST_NAME, *network ? "%s." : "%s", network);
}

/* A tensor of a network under its whole name. */
static void add(nb_safetensors *st, const char *network, const nb_st_tensor *t)
{
    char name[2 * NB_ST_MOST_NAME];
    const size_t n = prefix_of(network, name);
    snprintf(name + n, sizeof name - n, "%s", t->name);
    nb_safetensors_add(st, name, t->dtype, t->rank, t->shape, t->data);
}

int checkpoint_keep(training_states *states, const char *network, const nb_trainer *trainer,
                    const double *loss, size_t epochs)
{
    training_state state = {.network = network, .loss = loss, .epochs = epochs};
    nb_error err;
    assert(states->count < CHECKPOINT_MOST_NETWORKS);
    if (nb_trainer_save(trainer, &state.file, &state.size, &err) != NB_OK) return cli_failed(&err);
    states->state[states->count++] = state;
    return 0;
}

void checkpoint_free(training_states *states)
{
    for (size_t i = 0; i < states->count; i++) free(states->state[i].file);
    states->count = 0;
}

static nb_status add_state(nb_safetensors *st, nb_safetensors *from, const training_state *state,
                           nb_error *err)
{
    const nb_status status = nb_safetensors_read(state->file, state->size, from, err);
    if (status != NB_OK) return status;
    for (size_t i = 0; i < from->count; i++) add(st, state->network, &from->tensors[i]);
    for (size_t i = 0; i < from->notes; i++) {
        char name[2 * NB_ST_MOST_NAME];
        const size_t n = prefix_of(state->network, name);
        snprintf(name + n, sizeof name - n, "%s", from->note[i].name);
        nb_safetensors_add_note(st, name, from->note[i].value);
    }
    nb_st_tensor loss = {.dtype = NB_ST_F64, .rank = 1, .shape = {state->epochs}};
    snprintf(loss.name, sizeof loss.name, "%s", loss_name);
    loss.data = (const uint8_t *)state->loss;
    add(st, state->network, &loss);
    return NB_OK;
}

bool checkpoint_encode(const training_states *states, const char *settings, size_t settings_size,
                       uint8_t **out, size_t *size)
{
    nb_safetensors *st = calloc(2, sizeof *st), *from = st + 1;
    nb_error err = {NB_ERR_MEMORY, "not enough memory for a checkpoint"};
    nb_status status = st ? NB_OK : NB_ERR_MEMORY;
    for (size_t i = 0; i < states->count && status == NB_OK; i++)
        status = add_state(st, from, &states->state[i], &err);
    if (status == NB_OK) {
        nb_safetensors_add(st, settings_name, NB_ST_U8, 1, &settings_size, settings);
        status = nb_safetensors_write(st, out, size, &err);
    }
    free(st);
    if (status != NB_OK) cli_fail(0, "%s", err.message);
    return status == NB_OK;
}

/* ---- Reading ---- */

bool checkpoint_open(checkpoint *c, const char *path)
{
    nb_error err = {NB_ERR_MEMORY, "not enough memory"};
    *c = (checkpoint){.path = path};
    if (!cli_read_file(path, &c->file, &c->size)) return false;
    c->st = malloc(sizeof *c->st);
    if (c->st && nb_safetensors_read(c->file, c->size, c->st, &err) == NB_OK) return true;
    cli_fail(0, "%s: %s", path, err.message);
    return false;
}

void checkpoint_close(checkpoint *c)
{
    free(c->st);
    free(c->file);
    *c = (checkpoint){0};
}

static bool refuse(const checkpoint *c)
{
    cli_fail(0, "%s is no checkpoint of noisebook run or train", c->path);
    return false;
}

bool checkpoint_settings(const checkpoint *c, const char **settings, size_t *size)
{
    const nb_st_tensor *t = nb_safetensors_find(c->st, settings_name);
    if (t == NULL || t->dtype != NB_ST_U8 || t->rank != 1 || t->shape[0] == 0 ||
        t->data[t->shape[0] - 1] != 0)
        return refuse(c);
    *settings = (const char *)t->data;
    *size = t->shape[0];
    return true;
}

static const nb_st_tensor *losses_of(const checkpoint *c, const char *network)
{
    char name[2 * NB_ST_MOST_NAME];
    const size_t n = prefix_of(network, name);
    snprintf(name + n, sizeof name - n, "%s", loss_name);
    return nb_safetensors_find(c->st, name);
}

bool checkpoint_has(const checkpoint *c, const char *network) { return losses_of(c, network) != NULL; }

/* The network's tensors as nb_trainer_save wrote them. *out is malloc'ed for the caller. */
static nb_status state_of(const checkpoint *c, const char *network, uint8_t **out, size_t *size,
                          nb_error *err)
{
    char prefix[NB_ST_MOST_NAME];
    const size_t n = prefix_of(network, prefix);
    nb_safetensors *st = calloc(1, sizeof *st);
    if (st == NULL) {
        *err = (nb_error){NB_ERR_MEMORY, "not enough memory for a checkpoint"};
        return NB_ERR_MEMORY;
    }
    for (size_t i = 0; i < c->st->count; i++) {
        const nb_st_tensor *t = &c->st->tensors[i];
        if (strncmp(t->name, prefix, n) == 0 && strncmp(t->name + n, "run.", 4) != 0)
            nb_safetensors_add(st, t->name + n, t->dtype, t->rank, t->shape, t->data);
    }
    for (size_t i = 0; i < c->st->notes; i++) {
        const nb_st_note *note = &c->st->note[i];
        if (strncmp(note->name, prefix, n) == 0) nb_safetensors_add_note(st, note->name + n, note->value);
    }
    const nb_status status = nb_safetensors_write(st, out, size, err);
    free(st);
    return status;
}

int checkpoint_restore(const checkpoint *c, const char *network, nb_trainer *trainer, size_t capacity,
                       double *loss, size_t *epochs)
{
    const nb_st_tensor *t = losses_of(c, network);
    if (t == NULL || t->dtype != NB_ST_F64 || t->rank != 1) {
        refuse(c);
        return NB_EXIT_USAGE;
    }
    const size_t done = t->shape[0];
    if (done > capacity)
        return cli_fail(NB_EXIT_USAGE, "--epochs %zu: %s has trained for %zu", capacity, c->path, done);
    memcpy(loss, t->data, done * sizeof *loss);
    for (size_t i = 0; i < done; i++) {
        if (!isfinite(loss[i])) return cli_fail(NB_EXIT_USAGE, "%s: a loss that is not finite", c->path);
    }
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    nb_status status = state_of(c, network, &file, &size, &err);
    if (status == NB_OK) status = nb_trainer_load(trainer, file, size, &err);
    free(file);
    if (status != NB_OK) return cli_fail(NB_EXIT_USAGE, "%s: %s", c->path, err.message);
    *epochs = done;
    return 0;
}
