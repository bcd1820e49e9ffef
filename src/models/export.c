/* export.c - which of a network's entered modules can be a class of their own: those whose steps use modules within them and
 * give one value. What is left is written where it is called. */
#include "models/export.h"

#include <ctype.h>
#include <stdio.h>

bool nb_export_within(const nb_export *e, const char *path, int scope)
{
    const char *outer = e->scopes[scope].path;
    const size_t n = strlen(outer);
    return n == 0 || (strncmp(path, outer, n) == 0 && path[n] == '.');
}

bool nb_export_contains(const nb_export *e, int outer, int scope)
{
    while (scope > outer) scope = e->scopes[scope].parent;
    return scope == outer;
}

int nb_export_entered(const nb_export *e, int step)
{
    int scope = 1;
    while (scope < e->n_scopes && e->scopes[scope].first != step + 1) scope++;
    return scope;
}

static void find_scopes(nb_export *e)
{
    const nb_network *net = e->net;
    int now = 0;
    e->scopes[0] = (nb_scope){.path = "", .of = "Network", .last = net->n_steps, .parent = -1, .apart = true};
    e->scopes[0].result = net->n_outputs > 0 ? net->outputs[0].value : -1;
    e->n_scopes = 1;
    for (int i = 0; i < net->n_steps; i++) {
        const nb_step *s = &net->steps[i];
        e->at[i] = now;
        if (s->what == NB_STEP_ENTER) {
            e->scopes[e->n_scopes] =
                (nb_scope){.path = s->name, .of = s->of, .first = i + 1, .parent = now, .apart = true};
            now = e->n_scopes++;
        }
        if (s->what == NB_STEP_LEAVE) {
            e->scopes[now].last = i;
            e->scopes[now].result = s->in[0];
            now = e->scopes[now].parent;
            e->at[i] = now;
        }
    }
}

static bool inside(const nb_scope *s, int step) { return step >= s->first && step < s->last; }

static bool made_outside(const nb_export *e, const nb_scope *s, int value)
{
    return !inside(s, e->net->values[value].step);
}

/* Its modules are within it, it reads something, and nothing but its result is read elsewhere. */
static bool closed(const nb_export *e, int scope)
{
    const nb_network *net = e->net;
    const nb_scope *s = &e->scopes[scope];
    bool made = false, reads = false;
    for (int i = 0; i < net->n_steps; i++) {
        const nb_step *step = &net->steps[i];
        if (inside(s, i) && step->what == NB_STEP_ENTER && !nb_export_within(e, step->name, scope))
            return false;
        if (step->what != NB_STEP_APPLY) continue;
        made = made || (inside(s, i) && step->out == s->result);
        if (inside(s, i) && step->module >= 0 && !nb_export_within(e, net->modules[step->module].name, scope))
            return false;
        if (!inside(s, i) && step->module >= 0 && nb_export_within(e, net->modules[step->module].name, scope))
            return false; /* used without it too, or a second time otherwise */
        for (int k = 0; k < NB_INPUTS && step->in[k] >= 0; k++) {
            const bool outside = made_outside(e, s, step->in[k]);
            if (!inside(s, i) && !outside && step->in[k] != s->result) return false;
            reads = reads || (inside(s, i) && outside);
        }
    }
    for (int i = 0; i < net->n_outputs; i++) {
        const int value = net->outputs[i].value;
        if (!made_outside(e, s, value) && value != s->result) return false;
    }
    return made && reads;
}

/* Number `index` of a Sequential, if that is what `path` is called. */
static bool is_child(const nb_export *e, int scope, const char *path, int index)
{
    char name[200];
    snprintf(name, sizeof name, "%.180s.%d", e->scopes[scope].path, index);
    return strcmp(name, path) == 0;
}

/* Whether all that the scope reads of what was made before it is this value. */
static bool reads_only(const nb_export *e, int scope, int value)
{
    const nb_scope *s = &e->scopes[scope];
    for (int i = s->first; i < s->last; i++) {
        const nb_step *step = &e->net->steps[i];
        for (int k = 0; step->what == NB_STEP_APPLY && k < NB_INPUTS && step->in[k] >= 0; k++) {
            if (!made_outside(e, s, step->in[k]) || step->in[k] == value) continue;
            if (value >= 0) return false;
            value = step->in[k];
        }
    }
    return true;
}

/* Each part takes what the one before gives, and is called by its place; last < 0 at the first. */
static bool follows(const nb_export *e, int scope, int i, int last, int count)
{
    const nb_step *step = &e->net->steps[i];
    if (step->what == NB_STEP_ENTER) {
        const int child = nb_export_entered(e, i);
        return e->scopes[child].apart && reads_only(e, child, last) && is_child(e, scope, step->name, count);
    }
    if (step->what != NB_STEP_APPLY || step->in[0] < 0 || step->in[1] >= 0) return false;
    if (last >= 0 && step->in[0] != last) return false;
    if (step->module < 0) return step->kind->python_module || isupper((unsigned char)step->kind->name[0]);
    return is_child(e, scope, e->net->modules[step->module].name, count);
}

static bool chain(const nb_export *e, int scope)
{
    const nb_scope *s = &e->scopes[scope];
    int count = 0, last = -1;
    for (int i = s->first; i < s->last; i++) {
        const nb_step *step = &e->net->steps[i];
        if (step->what == NB_STEP_NAME) continue;
        if (!follows(e, scope, i, last, count++)) return false;
        const int child = step->what == NB_STEP_ENTER ? nb_export_entered(e, i) : -1;
        last = child >= 0 ? e->scopes[child].result : step->out;
        if (child >= 0) i = e->scopes[child].last;
    }
    return count > 0 && last == s->result;
}

void nb_export_find(nb_export *e)
{
    find_scopes(e);
    for (int i = e->n_scopes - 1; i > 0; i--) {
        nb_scope *s = &e->scopes[i];
        s->apart = closed(e, i);
        for (int k = 1; k < e->n_scopes; k++) /* entered twice */
            if (k != i && strcmp(e->scopes[k].path, s->path) == 0) s->apart = false;
        s->sequential = s->apart && strcmp(s->of, "Sequential") == 0 && chain(e, i);
        if (strcmp(s->of, "Sequential") == 0 && !s->sequential) s->apart = false;
    }
    for (int i = 0; i < e->net->n_steps; i++)
        while (!e->scopes[e->at[i]].apart) e->at[i] = e->scopes[e->at[i]].parent;
}
