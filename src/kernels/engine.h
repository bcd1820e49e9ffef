/* engine.h - the kernels and threads that models run on. */
#ifndef NB_KERNELS_ENGINE_H
#define NB_KERNELS_ENGINE_H

#include "base/pool.h"
#include "kernels/kernels.h"
#include "noisebook.h"

struct nb_engine {
    const nb_kernels *kernels;
    nb_pool *pool;
};

#endif
