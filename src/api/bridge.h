/* bridge.h - what the exported functions, which web/build/bridge.mjs writes from bridge.txt, are made of.
 *
 * An exported function takes no parameters: its arguments lie in the bridge's block as doubles, and its results are left
 * there. Nothing that comes in is believed. A number must be what its parameter can hold; an object is a handle; an array
 * lies in the block that nbw_scratch gave, with the count that the other arguments call for. What does not fit is a
 * status and a sentence, and the core is not called.
 *
 * A wrapper reads its arguments by their place in the block, then asks nbw_failed, and calls the core if nothing is wrong.
 * Readers give 0 or NULL where they refuse; the first refusal is the one that is told. */
#ifndef NB_API_BRIDGE_H
#define NB_API_BRIDGE_H

#include "noisebook.h"

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#define NBW_EXPORT EMSCRIPTEN_KEEPALIVE
#else
#define NBW_EXPORT
#endif

#define NBW_MOST_ARGUMENTS 32
#define NBW_MOST_RESULTS 32
#define NBW_MOST_KEPT 3

typedef struct nbw_block {
    double arguments
        [NBW_MOST_ARGUMENTS]; /* an array takes two places: its address, and how many numbers it holds */
    double results[NBW_MOST_RESULTS]; /* likewise; a text is an address and its bytes, 0 for none */
    nb_error error;
} nbw_block;

/* Kinds of objects are numbered by the generated code, which knows how each ends. */
extern const char *const nbw_kind_names[];
void nbw_end_object(int kind, void *object);

/* ---- Exported by hand: what every page needs ---- */

nbw_block *nbw_io(void);
/* Room for the arrays of the next call, 16-byte aligned; NULL if there is none. It may lie elsewhere than before. */
void *nbw_scratch(double bytes);
/* Ends the object whose handle is the first argument; NB_ERR_ARGUMENT while another one uses it. */
int nbw_destroy(void);
const char *nbw_version(void);
/* How many objects live. */
double nbw_objects(void);

/* ---- For the generated functions ---- */

void nbw_begin(void);
bool nbw_failed(void);
nb_error *nbw_err(void);
/* The function's result: what was refused before the call, or else the core's status. */
int nbw_status(nb_status status);

double nbw_number(int place, const char *name); /* finite */
double nbw_whole(int place, const char *name, double least,
                 double most);                           /* a whole number from least to most */
size_t nbw_size(int place, const char *name);            /* what memory can hold */
void *nbw_object(int place, const char *name, int kind); /* as it was created */
/* NULL without a refusal if it is 0. */
void *nbw_object_or_none(int place, const char *name, int kind);
const char *nbw_text(int place, const char *name); /* in scratch, with its 0 */
/* count numbers of `bytes` each, in scratch. NULL without a refusal if it is optional and its address is 0. */
const void *nbw_input(int place, const char *name, double count, size_t bytes, bool optional);
/* The number of numbers in the array at `place`, which says a size by itself. */
size_t nbw_length(int place, const char *name);
/* Refuses, with what is needed, unless it holds. */
void nbw_need(bool holds, const char *what);
double nbw_factor(double value); /* of a count: not a number where it is negative */

/* Room for count results of `bytes` each; its address and count are results `place` and the next. */
void *nbw_output(int place, const char *name, double count, size_t bytes);
void nbw_put(int place, double value);
void nbw_put_text(int place, const char *text);
void nbw_put_array(int place, const void *data, double count);
/* A result that the core malloc'ed, freed when the next call begins. */
void nbw_put_malloced(int place, void *data, double count);

/* Room in the table for one more object; false, with a refusal, if there is none. Before the object is made. */
bool nbw_reserve(void);
/* The new object's handle, as a result. keeps: the places of the arguments that it uses (0 there: none), ended by -1. */
void nbw_put_object(int place, int kind, void *object, const int *keeps);

#endif
