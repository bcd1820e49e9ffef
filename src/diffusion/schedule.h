/* schedule.h - what a schedule is, as far as weights remember it. */
#ifndef NB_DIFFUSION_SCHEDULE_H
#define NB_DIFFUSION_SCHEDULE_H

#include "noisebook.h"

/* Fills in the fields of *out that are the schedule's. */
void nb_schedule_note(const nb_schedule *s, nb_training *out);
/* Lines of Python that make the betas, as exported programs have them; NULL for NB_SCHEDULE_OWN. */
const char *nb_schedule_python(nb_schedule_kind kind);

#endif
