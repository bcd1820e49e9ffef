/* pytorch.h - what writes a network as a program for PyTorch. */
#ifndef NB_MODELS_PYTORCH_H
#define NB_MODELS_PYTORCH_H

#include "models/export.h"

enum { MOST_PARTS = 16, MOST_NAME = 40, MOST_NESTED = 3 };

typedef struct text {
    char *data;
    size_t length, room;
} text;

/* A module's use, or a function's, as a class's forward has it. */
typedef struct atom {
    int step, scope; /* one of them -1 */
    int in[MOST_PARTS], n_in, out;
    int nested; /* how deep what it is written into; -1: a line of its own */
    int reader; /* the last atom that reads it, -1 */
} atom;

typedef struct writer {
    nb_export e;
    const nb_network *net;
    atom *atoms;
    char (*names)[MOST_NAME]; /* of values, in the class that is being written */
    int *atom_of, *line_of;   /* of a value in that class: who makes it, and the last line that reads it */
    const char **leaves;      /* what that class is made of */
    text *classes;            /* of each scope: its body */
    char (*class_names)[MOST_NAME];
    atom whole; /* what that class takes and gives */
    int n_atoms, n_leaves;
    text out;
    nb_status status;
    const char *lacks; /* a layer without a form */
} writer;

void nb_pytorch_put(writer *w, text *t, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A form with {setting} and {0}, {1} for values. */
void nb_pytorch_form(writer *w, text *t, const nb_layer_kind *kind, const double *settings, const char *form,
                     const char *const *values);
/* What makes the module. */
void nb_pytorch_module(writer *w, text *t, const nb_layer_kind *kind, const double *settings);
/* The classes, the whole network's last, onto w->out. */
void nb_pytorch_classes(writer *w);

#endif
