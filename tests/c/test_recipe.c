/* test_recipe.c - the table of recipes: every name in it is known, and trainers can be made of it. */
#include "options.h"

static void check_recipe(const nb_recipe *r)
{
    int found = -1;
    nb_schedule_kind kind;
    nb_method method;
    nb_loss_weight weight;
    nb_error err = {0};
    CHECK(nb_recipe_find(r->data, r->name, &found, &err) == NB_OK && nb_recipe_describe(found) == r,
          "%s %s: %s", r->data, r->name, err.message);
    CHECK(nb_schedule_find(r->schedule, &kind, &err) == NB_OK, "%s", err.message);
    CHECK(nb_method_find(r->method, &method, &err) == NB_OK, "%s", err.message);
    CHECK(nb_loss_weight_find(r->loss_weight, &weight, &err) == NB_OK, "%s", err.message);
    CHECK(r->low < r->high && r->steps <= r->T, "%s %s: %g to %g, %d steps", r->data, r->name, (double)r->low,
          (double)r->high, r->steps);
    course c = course_begin(small_conditional(64), 1);
    static const int epochs[] = {1, 40};
    for (int i = 0; i < 2; i++) {
        const classes points = new_classes();
        const nb_train_config config = nb_recipe_config(r, POINTS, 25, epochs[i]);
        const int steps = 4 * epochs[i];
        CHECK(config.batch == 25 && config.lr == r->lr && config.loss_weight == weight, "%s %s", r->data,
              r->name);
        CHECK(config.decay_steps == (r->decay ? steps : 0) && config.warmup == (int)(r->warmup * steps),
              "%s %s: warm-up %d of %d", r->data, r->name, config.warmup, config.decay_steps);
        nb_trainer *trainer = NULL;
        CHECK(nb_trainer_create(c.model, c.schedule, c.rng, points.x, POINTS, &config, &trainer, &err) ==
                  NB_OK,
              "%s", err.message);
        nb_train_report report;
        CHECK(nb_trainer_step(trainer, &report, &err) == NB_OK, "%s", err.message);
        nb_trainer_destroy(trainer);
    }
    course_end(&c);
}

int main(void)
{
    const nb_recipe *r = NULL;
    int notebook = 0, all = 0, found = -1;
    while ((r = nb_recipe_describe(all)) != NULL) {
        check_recipe(r);
        notebook += strcmp(r->name, "notebook") == 0;
        /* the course's loop, but for the companion's average */
        const bool plain = !r->stratified && !r->decay && r->warmup == 0.0 && r->lr == 1e-3;
        CHECK(plain || strcmp(r->name, "notebook") != 0, "%s %s", r->data, r->name);
        all++;
    }
    CHECK(all == 9 && notebook == 4, "%d recipes, %d of notebooks", all, notebook);
    CHECK(nb_recipe_describe(-1) == NULL, "before the first");
    FAILS(NB_ERR_ARGUMENT, "it takes notebook, best, quick",
          nb_recipe_find("shapes", "good", &found, &failure));
    FAILS(NB_ERR_ARGUMENT, "classes is named \"best\": it takes notebook",
          nb_recipe_find("classes", "best", &found, &failure));
    FAILS(NB_ERR_ARGUMENT, "swiss-roll, shapes, classes, scenes, digits",
          nb_recipe_find("faces", "best", &found, &failure));
    CHECK(found == -1, "a recipe that is none was handed out");
    return check_report();
}
