/* export.h - a network as PyTorch writes it: its parts, found in the list of steps. */
#ifndef NB_MODELS_EXPORT_H
#define NB_MODELS_EXPORT_H

#include "models/network.h"

/* What stands between an ENTER and its LEAVE; the first one is the whole network. */
typedef struct nb_scope {
    const char *path, *of;
    int first, last; /* the steps within: first..last - 1 */
    int parent;
    int result;      /* the value that it returns */
    bool apart;      /* a module of its own; else its steps are its parent's */
    bool sequential; /* nn.Sequential */
} nb_scope;

typedef struct nb_export {
    const nb_network *net;
    nb_scope *scopes;
    int *at; /* of a step: the scope, of those apart, that it stands in */
    int n_scopes;
} nb_export;

/* Fills e, whose lists have room for each step; e->scopes one more. */
void nb_export_find(nb_export *e);
/* Whether `path` lies within that of the scope; the whole network's is "". */
bool nb_export_within(const nb_export *e, const char *path, int scope);
bool nb_export_contains(const nb_export *e, int outer, int scope);
/* The scope that is entered at this step. */
int nb_export_entered(const nb_export *e, int step);

#endif
