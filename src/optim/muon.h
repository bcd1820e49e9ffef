/* muon.h - Muon: the step for weights that are matrices, whose momentum is made orthogonal (Jordan et al. 2024). */
#ifndef NB_OPTIM_MUON_H
#define NB_OPTIM_MUON_H

#include "models/model.h"

/* What Muon works with: of each matrix its place, and room. */
typedef struct nb_muon {
    nb_arena arena;
    struct nb_muon_matrix *matrices; /* in the order of the weights */
    size_t count;
    float *step; /* laid out as the graph's weights: what a matrix moves along, its entries about 0.2 */
} nb_muon;

nb_status nb_muon_create(const nb_model *model, nb_muon *out, nb_error *err);
void nb_muon_destroy(nb_muon *muon);
/* m, the mean of gradients laid out as the weights, takes in the graph's gradients, and `step` follows; of matrices only. */
void nb_muon_turn(const nb_muon *muon, const nb_graph *g, float *m);
/* Whether these weights, which are some of one parameter's, are of a matrix. */
bool nb_muon_has(const nb_muon *muon, size_t first);

#endif
