/* adam.h - Adam's state, for the trainer's checkpoint. */
#ifndef NB_OPTIM_ADAM_H
#define NB_OPTIM_ADAM_H

#include "models/model.h"
#include "optim/muon.h"

struct nb_adam {
    nb_model *model;
    double lr, beta1, beta2, eps;
    double power1, power2; /* beta1^step, beta2^step */
    int64_t step;
    nb_arena arena;
    float *m, *v;  /* laid out as the graph's weights; of Muon's matrices m is the momentum and v is 0 */
    double most_m; /* no first moment is larger */
    nb_muon muon;  /* {0}: no matrix is its */
};

/* Before the first step: matrices go by Muon from now on. */
nb_status nb_adam_use_muon(nb_adam *adam, nb_error *err);

/* After m has been filled by the caller. */
void nb_adam_took_moments(nb_adam *adam);
/* Continues after `step` steps; m and v are filled by the caller. */
void nb_adam_set_step(nb_adam *adam, int64_t step);

#endif
