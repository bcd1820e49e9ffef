/* trainer.h - the trainer's parts, for its checkpoint. */
#ifndef NB_TRAIN_TRAINER_H
#define NB_TRAIN_TRAINER_H

#include "models/model.h"
#include "optim/adam.h"

struct nb_trainer {
    nb_model *model;
    const nb_schedule *schedule;
    nb_rng *rng;
    nb_adam *adam;
    size_t n, dim, cond_size, batch;
    nb_arena arena;
    float *data;                            /* (n, dim) */
    int32_t *order;                         /* (n): this epoch's permutation */
    int32_t *t;                             /* (batch) */
    float *x_0, *eps, *x_t, *pred, *d_pred; /* (batch, dim) */
    float *time;                            /* (batch): t as the model takes it */
    int32_t *labels, *batch_labels;         /* (n), (batch); NULL without labels */
    float *cond, *batch_cond;               /* (n, cond_size), (batch, cond_size); NULL where it is 0 */
    float *draws;                           /* (batch): of the label dropout; NULL without */
    float *ema; /* laid out as the graph's weights, NULL without; the trained weights while ema_in_use */
    double label_dropout, ema_decay;
    bool ema_in_use, keep_order, labelled;
    bool uniform; /* eps holds uniform numbers, of which make_samples makes normal ones */
    nb_training
        training;    /* what it trains for; steps: those that the weights had taken before Adam's first */
    size_t position; /* rows of `order` used so far; n or 0: the next step begins an epoch */
    int32_t epoch, in_epoch;
    double epoch_sum; /* of this epoch's step losses */
};

/* What the weights are trained for so far. */
nb_training nb_trainer_note(const nb_trainer *tr);

/* After a step: moves the average of the weights on, if there is one. */
void nb_ema_step(nb_trainer *tr);

#endif
