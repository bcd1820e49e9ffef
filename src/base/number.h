/* number.h - numbers in text, whatever the program's locale. */
#ifndef NB_BASE_NUMBER_H
#define NB_BASE_NUMBER_H

#include "base/platform.h"

#include <stdbool.h>
#include <stddef.h>

/* A number that fills the text, as C prints it: to the digit if it has 15 or fewer. false: it is none, or not finite. */
bool nb_number_read(const char *text, double *out);
/* With a point; digits as printf's %g takes them. */
void nb_number_write(double value, int digits, char *text, size_t size);

#endif
