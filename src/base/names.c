/* names.c - a table's entries by name, and the sentence for one that is none. */
#include "base/names.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* "a, b, c" or "a (0), b (1), c (2)", cut off where it does not fit. */
static void list(nb_name_at *at, bool numbered, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; at(i) && used < size; i++) {
        const char *comma = i ? ", " : "";
        const int n = numbered ? snprintf(out + used, size - used, "%s%s (%zu)", comma, at(i), i)
                               : snprintf(out + used, size - used, "%s%s", comma, at(i));
        used += (size_t)n;
    }
}

nb_status nb_name_find(const char *what, nb_name_at *at, const char *name, size_t *out, nb_error *err)
{
    for (size_t i = 0; at(i); i++) {
        if (strcmp(at(i), name) != 0) continue;
        *out = i;
        return NB_OK;
    }
    char names[sizeof((nb_error *)0)->message];
    list(at, false, names, sizeof names);
    return nb_fail(err, NB_ERR_ARGUMENT, "no %s is named \"%.40s\": there are %s", what, name, names);
}

nb_status nb_name_check(const char *what, nb_name_at *at, int index, nb_error *err)
{
    for (size_t i = 0; at(i); i++) {
        if (index >= 0 && i == (size_t)index) return NB_OK;
    }
    char names[sizeof((nb_error *)0)->message];
    list(at, true, names, sizeof names);
    return nb_fail(err, NB_ERR_ARGUMENT, "%d is no %s: there are %s", index, what, names);
}
