/* bridge.c - arguments, results and scratch memory of the exported functions: noisebook.h for JavaScript. */
#include "api/bridge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"

#define MOST_OUTPUTS 3
#define MOST_BYTES 2147483647.0 /* of one array: what 32-bit addresses and their halves allow */
#define LARGE_BLOCK ((size_t)16 << 20)

typedef struct growing {
    char *data;
    size_t size;
} growing;

/* One page, one caller: the arguments, the results and what they point to. */
static struct bridge {
    nbw_block block;
    bool failed;
    growing scratch;
    growing outputs[MOST_OUTPUTS];
    int output_count;
    void *malloced[MOST_OUTPUTS];
    int malloced_count;
} bridge;

NBW_EXPORT nbw_block *nbw_io(void) { return &bridge.block; }
NBW_EXPORT const char *nbw_version(void) { return NB_VERSION; }
NBW_EXPORT double nbw_objects(void) { return nbw_living(); }

bool nbw_failed(void) { return bridge.failed; }
nb_error *nbw_err(void) { return &bridge.block.error; }

/* ---- Refusing ---- */

__attribute__((format(printf, 2, 3))) static void refuse(nb_status status, const char *format, ...)
{
    if (bridge.failed) return;
    bridge.failed = true;
    nb_error *const e = &bridge.block.error;
    e->status = status;
    va_list values;
    va_start(values, format);
    vsnprintf(e->message, sizeof e->message, format, values);
    va_end(values);
}

void nbw_begin(void)
{
    bridge.failed = false;
    bridge.output_count = 0;
    bridge.block.error = (nb_error){NB_OK, ""};
    while (bridge.malloced_count > 0) free(bridge.malloced[--bridge.malloced_count]);
}

int nbw_status(nb_status status) { return (int)(bridge.failed ? bridge.block.error.status : status); }

void nbw_need(bool holds, const char *what)
{
    if (!holds) refuse(NB_ERR_ARGUMENT, "%s is needed", what);
}

/* ---- Memory ---- */

/* As large as asked for, and not much larger where that is a lot: its old content is gone. */
static bool ensure(growing *g, size_t bytes)
{
    if (bytes <= g->size && (g->size <= LARGE_BLOCK || bytes >= g->size / 4)) return true;
    const size_t least = g == &bridge.scratch ? (size_t)1 << 16 : 64;
    free(g->data);
    g->size = bytes > least ? bytes : least;
    g->data = malloc(g->size);
    if (g->data == NULL) g->size = 0;
    return g->data != NULL;
}

NBW_EXPORT void *nbw_scratch(double bytes)
{
    if (!(bytes >= 0 && bytes < MOST_BYTES)) return NULL;
    return ensure(&bridge.scratch, (size_t)bytes) ? bridge.scratch.data : NULL;
}

/* ---- Arguments ---- */

double nbw_number(int place, const char *name)
{
    const double value = bridge.block.arguments[place];
    if (isfinite(value)) return value;
    refuse(NB_ERR_ARGUMENT, "%s = %g: a finite number is needed", name, value);
    return 0;
}

double nbw_whole(int place, const char *name, double least, double most)
{
    const double value = bridge.block.arguments[place];
    if (value >= least && value <= most && value == floor(value)) return value;
    refuse(NB_ERR_ARGUMENT, "%s = %.17g: a whole number from %.17g to %.17g is needed", name, value, least,
           most);
    return 0;
}

size_t nbw_size(int place, const char *name) { return (size_t)nbw_whole(place, name, 0, MOST_BYTES); }

/* A handle's place, if it lives and is of this kind; 0 otherwise. */
static uint32_t place_of(double handle, const char *name, int kind)
{
    uint32_t at = 0;
    const nbw_found found = nbw_handle_find(handle, &at);
    const char *const wanted = nbw_kind_names[kind];
    if (found == NBW_NEVER)
        refuse(NB_ERR_ARGUMENT, "%s: a %s is needed", name, wanted);
    else if (found == NBW_ENDED)
        refuse(NB_ERR_ARGUMENT, "this %s was disposed", nbw_kind_names[nbw_handle_kind(at)]);
    else if (nbw_handle_kind(at) != kind)
        refuse(NB_ERR_ARGUMENT, "%s: a %s is needed, this is a %s", name, wanted,
               nbw_kind_names[nbw_handle_kind(at)]);
    else
        return at;
    return 0;
}

void *nbw_object(int place, const char *name, int kind)
{
    const uint32_t at = place_of(bridge.block.arguments[place], name, kind);
    return at ? nbw_handle_object(at) : NULL;
}

void *nbw_object_or_none(int place, const char *name, int kind)
{
    return bridge.block.arguments[place] == 0.0 ? NULL : nbw_object(place, name, kind);
}

/* The bytes of an array argument: whether they lie in scratch, aligned to their numbers. */
static const void *in_scratch(int place, const char *name, size_t bytes)
{
    const double address = bridge.block.arguments[place];
    const double count = bridge.block.arguments[place + 1];
    const double offset = address - (double)(uintptr_t)bridge.scratch.data;
    const bool fits = bridge.scratch.data != NULL && offset >= 0 && count >= 0 && count == floor(count) &&
                      offset + count * (double)bytes <= (double)bridge.scratch.size;
    if (fits && floor(offset / (double)bytes) * (double)bytes == offset)
        return bridge.scratch.data + (size_t)offset;
    refuse(NB_ERR_ARGUMENT, "%s does not lie in the block of nbw_scratch", name);
    return NULL;
}

const void *nbw_input(int place, const char *name, double count, size_t bytes, bool optional)
{
    if (bridge.failed) return NULL;
    if (bridge.block.arguments[place] == 0) {
        if (!optional) refuse(NB_ERR_ARGUMENT, "%s is missing", name);
        return NULL;
    }
    const double given = bridge.block.arguments[place + 1];
    if (given == count) return in_scratch(place, name, bytes);
    refuse(NB_ERR_SHAPE, "%s holds %.17g numbers, it takes %.17g", name, given, count);
    return NULL;
}

size_t nbw_length(int place, const char *name) { return (size_t)nbw_whole(place + 1, name, 0, MOST_BYTES); }

const char *nbw_text(int place, const char *name)
{
    const char *const text = in_scratch(place, name, 1);
    if (text == NULL) return NULL;
    if (memchr(text, 0, (size_t)bridge.block.arguments[place + 1]) != NULL) return text;
    refuse(NB_ERR_ARGUMENT, "%s has no end", name);
    return NULL;
}

double nbw_factor(double value) { return value >= 0 ? value : (double)NAN; }

/* ---- Results ---- */

void nbw_put(int place, double value) { bridge.block.results[place] = value; }

void nbw_put_array(int place, const void *data, double count)
{
    nbw_put(place, data ? (double)(uintptr_t)data : 0);
    nbw_put(place + 1, data ? count : 0);
}

void nbw_put_text(int place, const char *text)
{
    nbw_put_array(place, text, text ? (double)strlen(text) : 0);
}

void nbw_put_malloced(int place, void *data, double count)
{
    bridge.malloced[bridge.malloced_count++] = data;
    nbw_put_array(place, data, count);
}

void *nbw_output(int place, const char *name, double count, size_t bytes)
{
    if (bridge.failed) return NULL;
    if (!(count >= 0)) {
        refuse(NB_ERR_ARGUMENT, "%s cannot have a negative size", name);
        return NULL;
    }
    growing *const room = &bridge.outputs[bridge.output_count++];
    const double size = count * (double)bytes;
    if (size >= MOST_BYTES || !ensure(room, (size_t)size)) {
        refuse(NB_ERR_MEMORY, "not enough memory for %.0f numbers", count);
        return NULL;
    }
    nbw_put_array(place, room->data, count);
    return room->data;
}

/* ---- Objects ---- */

bool nbw_reserve(void)
{
    if (bridge.failed) return false;
    if (!nbw_room_for_handle()) refuse(NB_ERR_MEMORY, "not enough memory for one more object");
    return !bridge.failed;
}

void nbw_put_object(int place, int kind, void *object, const int *keeps)
{
    uint32_t kept[NBW_MOST_KEPT];
    int count = 0;
    for (; *keeps >= 0; keeps++) {
        const double handle = bridge.block.arguments[*keeps];
        if (handle != 0.0) nbw_handle_find(handle, &kept[count++]);
    }
    nbw_put(place, nbw_handle_add(kind, object, kept, count));
}

NBW_EXPORT int nbw_destroy(void)
{
    nbw_begin();
    uint32_t at = 0;
    const nbw_found found = nbw_handle_find(bridge.block.arguments[0], &at);
    if (found != NBW_LIVES) {
        if (found == NBW_NEVER)
            refuse(NB_ERR_ARGUMENT, "there is no such object");
        else
            refuse(NB_ERR_ARGUMENT, "this %s was disposed", nbw_kind_names[nbw_handle_kind(at)]);
        return nbw_status(NB_OK);
    }
    const int kind = nbw_handle_kind(at);
    const int keeper = nbw_handle_keeper(at);
    if (keeper >= 0)
        refuse(NB_ERR_ARGUMENT, "a %s still uses this %s: dispose of that first", nbw_kind_names[keeper],
               nbw_kind_names[kind]);
    else
        nbw_end_object(kind, nbw_handle_remove(at));
    return nbw_status(NB_OK);
}
