/* names.h - a table's entries by name. */
#ifndef NB_BASE_NAMES_H
#define NB_BASE_NAMES_H

#include "noisebook.h"

/* The name of entry `index` of a table; NULL from the end of it on. */
typedef const char *nb_name_at(size_t index);

/* The entry of that name, whose number goes to *out; else NB_ERR_ARGUMENT: `no WHAT is named "x": there are a, b, c`. */
nb_status nb_name_find(const char *what, nb_name_at *at, const char *name, size_t *out, nb_error *err);
/* NB_ERR_ARGUMENT unless the table has that entry: `7 is no WHAT: there are a (0), b (1), c (2)`. */
nb_status nb_name_check(const char *what, nb_name_at *at, int index, nb_error *err);

#endif
