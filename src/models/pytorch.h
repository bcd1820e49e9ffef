/* pytorch.h - what writes a network as a program for PyTorch.
 *
 * A scope that stands apart is a class. Its text has holes where the numbers of its layers stand; scopes whose texts are the
 * same but for these share a class, which takes as arguments what differs. */
#ifndef NB_MODELS_PYTORCH_H
#define NB_MODELS_PYTORCH_H

#include "models/export.h"
#include "models/model.h"

enum { MOST_PARTS = 16, MOST_NAME = 48, MOST_NESTED = 3, MOST_COLUMNS = 110 };

typedef struct text {
    char *data;
    size_t length, room;
} text;

typedef enum hole_style {
    HOLE_PLAIN, /* in a form */
    HOLE_MORE,  /* likewise, after a comma, left out where it is 0 */
    HOLE_PLACE, /* an argument of a call, by its place */
    HOLE_OPTION /* by its name, left out where it is what PyTorch takes anyway */
} hole_style;

/* A number in the text of a class: a setting of a layer, or an argument of a class within. */
typedef struct hole {
    const nb_setting *setting; /* its words and what PyTorch takes; NULL: true or false */
    const char *name, *module; /* what it is called, and the path of what it is for, or NULL */
    double value;
    hole_style style;
    int argument; /* of the class, -1: the number itself */
    bool forward; /* stands in forward */
} hole;

/* A line of __init__: the attribute's path from `start` on, and the holes that it has. */
typedef struct part {
    const char *path;
    size_t start, length;
    int from, to;
} part;

/* A scope's __init__, from its parts on, and its forward. Before each hole's place stands HOLE and its number in
 * HOLE_DIGITS digits, after each part PART_END. */
enum { HOLE = 1, PART_END = 2, HOLE_DIGITS = 6 };
typedef struct body {
    text init, forward;
    hole *holes;
    part *parts;
    int n_holes, n_parts;
    size_t hole_room, part_room;
    int in[MOST_PARTS], n_in; /* the values that forward takes */
} body;

typedef struct argument {
    char name[MOST_NAME];
    int hole; /* the first that it fills; -1: whether `part` is there */
    int part;
    bool forward; /* forward reads it: it is kept in self */
} argument;

/* A scope as a class: its own, or that of another scope. */
typedef struct block {
    body body;
    int height;           /* 1 more than that of the highest within */
    int of;               /* the scope that the class was written for */
    int lacks;            /* the part of that class which this one has not, -1 */
    char name[MOST_NAME]; /* the fields from here on: if `of` is itself */
    argument *arguments;
    int n_arguments;
    size_t argument_room;
} block;

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
    block *blocks; /* of each scope */
    /* The class that is being written: */
    body *now;
    bool plain;               /* values are not called by the names that the network gives them */
    const char *without;      /* the path of an attribute to leave out, or NULL */
    int without_scope;        /* its scope, -1 */
    const char **leaves;      /* what it is made of */
    atom *atoms;              /* what its forward does */
    atom whole;               /* what it takes and gives */
    int *stands;              /* of a value: which stands for it */
    int *atom_of, *line_of;   /* of a value: who makes it, and the last line that reads it */
    char (*names)[MOST_NAME]; /* of values */
    int n_atoms, n_leaves;
    text helpers, classes;
    nb_status status;
    size_t lacking;    /* bytes that there were not */
    const char *lacks; /* a layer without a form */
} writer;

/* ---- pytorch_text.c ---- */

void nb_pytorch_put(writer *w, text *t, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A list with room for one more; NULL without memory. */
void *nb_pytorch_grow(writer *w, void *list, int count, size_t *room, size_t size);
void nb_pytorch_drop(text *t);
static inline const char *nb_pytorch_string(const text *t) { return t->data ? t->data : ""; }
/* Lines that are too long are broken, an argument a line. */
void nb_pytorch_wrap(writer *w, text *out, const text *lines);
bool nb_pytorch_identifier(const char *name, size_t n);
/* Whether a variable or a class may be called so: it hides nothing that a program here calls. */
bool nb_pytorch_free(const writer *w, const char *name);
/* Where the last component of a path begins. */
const char *nb_pytorch_last(const char *path);

/* ---- pytorch_form.c: layers ---- */

/* Onto t, a text of w->now. */
void nb_pytorch_hole(writer *w, text *t, hole h);
/* A form with {setting}, {, setting} for one that is left out where it is 0, and {0}, {1} for values, {*} for all. */
void nb_pytorch_form(writer *w, text *t, const nb_layer_kind *kind, const double *settings, const char *form,
                     const char *module, const char *const *values);
/* What makes the module. */
void nb_pytorch_module(writer *w, text *t, const nb_layer_kind *kind, const double *settings,
                       const char *module);
bool nb_pytorch_is_module(const nb_layer_kind *kind);
/* Number, word, True or False. */
void nb_pytorch_value(writer *w, text *t, const nb_setting *setting, double value);

/* ---- pytorch_init.c ---- */

void nb_pytorch_init(writer *w, int scope);
void nb_pytorch_access(writer *w, text *t, int scope, const char *path);
/* The scope apart that stands in `scope` and has this one. */
int nb_pytorch_child(const nb_export *e, int scope, int inner);

/* ---- pytorch_forward.c ---- */

void nb_pytorch_forward(writer *w, int scope);
/* Fills w->stands and, for the scope, w->whole. false: what is to be left out has not one value. */
bool nb_pytorch_takes(writer *w, int scope, const char *without);
/* The name that the network gives a value, for a variable; NULL without. */
const char *nb_pytorch_named(const writer *w, int value);

/* ---- pytorch_class.c ---- */

/* The classes, the whole network's last, onto w->classes. */
void nb_pytorch_classes(writer *w);
void nb_pytorch_end(writer *w);

/* ---- pytorch_arguments.c ---- */

/* The arguments of the scope's class, by all scopes that it is for. false: of a part that not all have, a number differs for
 * itself alone. */
bool nb_pytorch_arguments(writer *w, int scope);
/* Onto t, a text of w->now: the scope's class, called with the arguments that make this one of it. */
void nb_pytorch_call(writer *w, text *t, int scope);
double nb_pytorch_argument(const writer *w, int member, const argument *a);
/* The text with what fills its holes, for a class that has its arguments. */
void nb_pytorch_fill(writer *w, text *out, const body *texts, const text *t, int scope);

/* ---- pytorch_files.c, pytorch_script.c, pytorch_inputs.c, pytorch_train.c, pytorch_sample.c ---- */

/* What a program does. */
typedef struct script {
    const nb_model *model;
    const nb_program *how; /* NULL: nobody says */
    nb_schedule_kind schedule;
    nb_objective objective;
    const nb_net_input *labels; /* NULL: none */
    bool trains, samples;       /* or runs the network */
    bool zero;                  /* the schedule is moved to zero terminal SNR */
} script;

static inline bool nb_pytorch_flows(const script *s) { return s->objective == NB_OBJECTIVE_FLOW; }
/* Whether the training loop is more than the course's. */
static inline bool nb_pytorch_paced(const script *s)
{
    return s->how && (s->how->warmup > 0 || s->how->decay_steps > 0);
}
static inline bool nb_pytorch_averages(const script *s) { return s->how && s->how->ema_decay > 0.0; }

/* Functions that read and write a safetensors file. */
void nb_pytorch_files(writer *w, text *t);
/* What stands below the classes: settings, the training loop, main. */
void nb_pytorch_script(writer *w, text *t, const nb_model *model, const nb_program *how);
bool nb_pytorch_is_time(const nb_net_input *in);
/* What the script calls an input; and all but x, and t if it is not drawn, each after a comma. */
void nb_pytorch_input(writer *w, text *t, const nb_net_input *in);
void nb_pytorch_inputs(writer *w, text *t, bool time, const char *after);
void nb_pytorch_settings(writer *w, text *t, const script *s);
void nb_pytorch_train(writer *w, text *t, const script *s);
bool nb_pytorch_draws_pictures(const nb_model *model);
void nb_pytorch_sample(writer *w, text *t, const script *s);

#endif
