/* recipe.c - how the course's data sets are trained: as the notebooks do, and the best way that was found here. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define NOTEBOOK .name = "notebook", .lr = 1e-3, .optimizer = "adam", .objective = "eps", .loss_weight = "one"
#define POINTS                                                                                               \
    .schedule = "cosine-clipped", .T = 1000, .high = 1.0F, .epochs = 100, .batch = 128, .method = "ddpm"
#define SHAPES .data = "shapes", .T = 1000, .high = 1.0F, .batch = 32, .keep_order = true, .method = "ddim"
#define SCENES                                                                                               \
    .data = "scenes", .schedule = "linear", .T = 1000, .low = -1.0F, .high = 1.0F, .batch = 32, .lr = 4e-3,  \
    .warmup = 0.02, .decay = true, .optimizer = "muon", .objective = "x0", .loss_weight = "one",             \
    .stratified = true, .steps = 20, .method = "ddim", .clip = true

/* Of exercise 15: where shapes lie is decided while nearly all is noise, and there x_0 weighs most. By v and the cosine schedule
 * 3,000 steps drew 3% of captions of one shape right, so they draw 83%. */
/* Of exercise 8 the long training is what web/data ships: two thirds of its samples are clean shapes by 50 steps of DDIM without
 * noise, four fifths by 100 steps with; 200 epochs give 57 and 76%, by Adam 34 and 53%. */
static const nb_recipe recipes[] = {
    {NOTEBOOK, POINTS, .data = "swiss-roll"},
    {POINTS, .data = "swiss-roll", .name = "best", .lr = 8e-3, .warmup = 0.02, .decay = true,
     .optimizer = "adam", .objective = "eps", .loss_weight = "one"},
    {NOTEBOOK, SHAPES, .schedule = "linear", .epochs = 30, .steps = 50},
    {SHAPES, .name = "best", .schedule = "linear", .epochs = 600, .lr = 3e-3, .ema_decay = 0.999,
     .optimizer = "muon", .objective = "eps", .loss_weight = "one", .stratified = true, .warmup = 0.01,
     .decay = true, .steps = 100, .eta = 1.0, .clip = true},
    {SHAPES, .name = "quick", .schedule = "cosine", .low = -1.0F, .epochs = 16, .lr = 4e-3, .ema_decay = 0.99,
     .optimizer = "muon", .objective = "v", .loss_weight = "one", .stratified = true, .warmup = 0.05,
     .decay = true, .steps = 100, .eta = 1.0, .clip = true},
    {NOTEBOOK, POINTS, .data = "classes"},
    {SCENES, .name = "quick", .epochs = 6, .ema_decay = 0.998},
    {SCENES, .name = "best", .epochs = 12, .ema_decay = 0.998},
    {NOTEBOOK, .data = "digits", .schedule = "cosine", .T = 200, .low = -1.0F, .high = 1.0F, .epochs = 40,
     .batch = 32, .ema_decay = 0.995, .steps = 50, .method = "ddim", .clip = true},
};
enum { RECIPES = sizeof recipes / sizeof recipes[0] };

const nb_recipe *nb_recipe_describe(int index)
{
    return index >= 0 && index < RECIPES ? &recipes[index] : NULL;
}

/* The recipes for that data, or, for NULL, the data sets that have some. */
static void list(const char *data, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < RECIPES && used < size; i++) {
        const bool again = i > 0 && strcmp(recipes[i].data, recipes[i - 1].data) == 0;
        if (data ? strcmp(recipes[i].data, data) != 0 : again) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                 data ? recipes[i].name : recipes[i].data);
    }
}

nb_status nb_recipe_find(const char *data, const char *name, int *out, nb_error *err)
{
    char all[sizeof((nb_error *)0)->message];
    bool known = false;
    for (int i = 0; i < RECIPES; i++) {
        if (strcmp(recipes[i].data, data) != 0) continue;
        known = true;
        if (strcmp(recipes[i].name, name) != 0) continue;
        *out = i;
        return NB_OK;
    }
    list(known ? data : NULL, all, sizeof all);
    if (known)
        return nb_fail(err, NB_ERR_ARGUMENT, "no recipe for %s is named \"%.40s\": it takes %s", data, name,
                       all);
    return nb_fail(err, NB_ERR_ARGUMENT, "no recipes for data named \"%.40s\": there are %s", data, all);
}

nb_train_config nb_recipe_config(const nb_recipe *r, size_t n, int batch, int epochs)
{
    const size_t per_epoch = (n + (size_t)batch - 1) / (size_t)batch;
    const double steps = (double)per_epoch * epochs;
    nb_train_config config = {.batch = batch,
                              .lr = r->lr,
                              .ema_decay = r->ema_decay,
                              .keep_order = r->keep_order,
                              .stratified = r->stratified,
                              .warmup = (int)(r->warmup * steps),
                              .decay_steps = r->decay && steps < 2e9 ? (int)steps : 0,
                              .weight_limit = r->weight_limit};
    nb_optimizer_find(r->optimizer, &config.optimizer,
                      NULL); /* the table's names are right: a test says so */
    nb_objective_find(r->objective, &config.objective, NULL);
    nb_loss_weight_find(r->loss_weight, &config.loss_weight, NULL);
    return config;
}
