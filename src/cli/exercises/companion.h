/* companion.h - the companion notebook's parts, in the order in which they draw from the generators. */
#ifndef CLI_COMPANION_H
#define CLI_COMPANION_H

#include "cli/session/session.h"

/* The pictures that both networks learn: values from -1 to 1. */
typedef struct companion_data {
    size_t n;
    int height, width, classes;
    float *grey;     /* (n, 1, height, width) */
    float *colour;   /* (n, 3, height, width): each in a colour of its own */
    int32_t *labels; /* (n) */
    double *loss[2]; /* (epochs) of SimpleUNet and ConditionalUNet */
} companion_data;

/* companion_forward.c: the colour square noised to four timesteps, the loss of one training step on noise, and the three
 * schedules. Exit statuses. */
int companion_forward(session *s);
int companion_first_step(session *s);
int companion_schedules(session *s);

/* companion_samples.c: SimpleUNet trained and sampled by DDPM and DDIM; ConditionalUNet trained and sampled with guidance.
 * Exit statuses. */
int companion_simple(session *s, companion_data *d);
int companion_conditional(session *s, companion_data *d);

#endif
