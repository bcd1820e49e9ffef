/* The ground that the core stands on: sizes that cannot go round, memory by the piece, tables by name. */
#include "base/arena.h"
#include "base/names.h"
#include "base/size.h"
#include "check.h"

static void test_sizes(void)
{
    const size_t half = SIZE_MAX / 2;
    CHECK(nb_add(2, 3) == 5 && nb_add(half, half) == SIZE_MAX - 1, "sums that fit");
    CHECK(nb_add(SIZE_MAX, 0) == SIZE_MAX && nb_add(1, SIZE_MAX) == NB_TOO_LARGE &&
              nb_add(half + 1, half + 1) == NB_TOO_LARGE && nb_add(half + 2, half) == NB_TOO_LARGE,
          "sums that do not");
    CHECK(nb_mul(6, 7) == 42 && nb_mul(0, SIZE_MAX) == 0 && nb_mul(SIZE_MAX, 0) == 0, "products that fit");
    CHECK(nb_mul(1, SIZE_MAX) == SIZE_MAX && nb_mul(2, half) == SIZE_MAX - 1, "the largest that fit");
    CHECK(nb_mul(2, half + 1) == NB_TOO_LARGE && nb_mul(half + 1, 2) == NB_TOO_LARGE &&
              nb_mul(SIZE_MAX, SIZE_MAX) == NB_TOO_LARGE,
          "products that do not");
    /* Of a power of two the square goes round to 0. */
    const size_t root = (size_t)1 << (sizeof(size_t) * 4);
    CHECK(nb_mul(root, root) == NB_TOO_LARGE && nb_mul(root, root - 1) == root * (root - 1), "a square");
    CHECK(nb_round_up(0, 64) == 0 && nb_round_up(1, 64) == 64 && nb_round_up(64, 64) == 64 &&
              nb_round_up(65, 64) == 128 && nb_round_up(SIZE_MAX - 1, 64) == NB_TOO_LARGE,
          "rounding up");
}

typedef struct pieces {
    size_t counts[3];
    double *at[3];
    int calls;
} pieces;

static void take(nb_arena *a, void *object)
{
    pieces *p = object;
    p->calls++;
    for (int i = 0; i < 3; i++) p->at[i] = nb_arena_take(a, p->counts[i], sizeof(double));
}

static void test_arena(void)
{
    pieces p = {.counts = {3, 0, 1000}};
    nb_arena a = {0};
    nb_error err = {0};
    REQUIRE(nb_arena_fill(&a, take, &p, &err) == NB_OK, "%s", err.message);
    CHECK(p.calls == 2, "taken %d times", p.calls);
    for (int i = 0; i < 3; i++) CHECK((uintptr_t)p.at[i] % NB_ALIGN == 0, "piece %d is not aligned", i);
    CHECK(p.at[0] + 3 <= p.at[1] && p.at[1] <= p.at[2], "pieces overlap");
    double sum = 0.0;
    for (size_t i = 0; i < 1000; i++) sum += fabs(p.at[2][i]);
    CHECK(sum == 0.0, "a piece is not cleared");
    p.at[2][999] = 1.0;
    nb_arena_free(&a);
    CHECK(a.base == NULL && a.used == 0, "freed, and not empty");
    nb_arena_free(&a);
}

/* Counts whose bytes go round to little, alone or in sum. */
static void test_arena_refuses(void)
{
    const size_t too_many[][3] = {{SIZE_MAX / 8 + 1, 0, 0},
                                  {1, SIZE_MAX / 8 + 2, 1},
                                  {SIZE_MAX / 16 + 1, SIZE_MAX / 16 + 1, 0},
                                  {SIZE_MAX / 8, SIZE_MAX / 8, SIZE_MAX / 8},
                                  {NB_TOO_LARGE, NB_TOO_LARGE, 1}};
    for (size_t i = 0; i < sizeof too_many / sizeof *too_many; i++) {
        pieces p = {.at = {NULL}};
        memcpy(p.counts, too_many[i], sizeof p.counts);
        nb_arena a = {0};
        FAILS(NB_ERR_MEMORY, "not enough memory: more was asked for than can be counted",
              nb_arena_fill(&a, take, &p, &failure));
        CHECK(a.base == NULL && p.at[0] == NULL && p.at[2] == NULL && p.calls == 1, "case %zu took memory",
              i);
    }
    pieces p = {.counts = {SIZE_MAX / 16, 0, 0}};
    nb_arena a = {0};
    FAILS(NB_ERR_MEMORY, "MB were asked for", nb_arena_fill(&a, take, &p, &failure));
}

static const char *name_at(size_t index)
{
    static const char *const names[] = {"linear", "cosine", "cosine-0.9999"};
    return index < 3 ? names[index] : NULL;
}

static const char *long_at(size_t index) { return index < 100 ? "a-long-name" : NULL; }

static void test_names(void)
{
    size_t found = 9;
    nb_error err = {0};
    CHECK(nb_name_find("schedule", name_at, "linear", &found, &err) == NB_OK && found == 0, "linear");
    CHECK(nb_name_find("schedule", name_at, "cosine-0.9999", &found, &err) == NB_OK && found == 2,
          "the last");
    FAILS(NB_ERR_ARGUMENT, "no schedule is named \"cos\": there are linear, cosine, cosine-0.9999",
          nb_name_find("schedule", name_at, "cos", &found, &failure));
    FAILS(NB_ERR_ARGUMENT, "no schedule is named \"\": there are",
          nb_name_find("schedule", name_at, "", &found, &failure));
    CHECK(found == 2, "changed on failure");
    FAILS(NB_ERR_ARGUMENT, "there are a-long-name, a-long-name",
          nb_name_find("thing", long_at, "another", &found, &failure));
    CHECK(nb_name_find("schedule", name_at, "x", &found, NULL) == NB_ERR_ARGUMENT, "without an error");

    CHECK(nb_name_check("schedule", name_at, 0, &err) == NB_OK &&
              nb_name_check("schedule", name_at, 2, &err) == NB_OK,
          "entries");
    FAILS(NB_ERR_ARGUMENT, "3 is no schedule: there are linear (0), cosine (1), cosine-0.9999 (2)",
          nb_name_check("schedule", name_at, 3, &failure));
    FAILS(NB_ERR_ARGUMENT, "-1 is no schedule: there are", nb_name_check("schedule", name_at, -1, &failure));
    FAILS(NB_ERR_ARGUMENT, "101 is no thing: there are", nb_name_check("thing", long_at, 101, &failure));
}

int main(void)
{
    test_sizes();
    test_arena();
    test_arena_refuses();
    test_names();
    return check_report();
}
