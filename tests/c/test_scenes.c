/* test_scenes.c - colour scenes: captions say what is drawn, the measuring function sees it, what is left out stays out. */
#include "check.h"

enum { N = 600, PIXELS = 3 * NB_SCENE_SIDE * NB_SCENE_SIDE, OBJECT = NB_SCENE_NUMBERS };

static float images[N * PIXELS], noise[N * PIXELS], objects[N * NB_SCENE_OBJECTS * OBJECT],
    found[N * NB_SCENE_OBJECTS * OBJECT];
static int32_t tokens[N * NB_SCENE_TOKENS], right[N * NB_SCENE_PARTS];

static void draw(uint32_t seed, nb_scenes_config config, const char *left_out)
{
    nb_error err = {0};
    nb_rng *rng = new_rng(seed);
    REQUIRE(nb_data_scenes(rng, N, &config, left_out, images, tokens, objects, &err) == NB_OK, "%s",
            err.message);
    nb_rng_destroy(rng);
}

/* The share of pictures in which all that is said is right. */
static double agreeing(const int32_t *captions, const float *seen)
{
    nb_error err = {0};
    REQUIRE(nb_scene_agree(N, captions, seen, right, &err) == NB_OK, "%s", err.message);
    int all = 0;
    for (size_t i = 0; i < N; i++) {
        bool good = true;
        for (size_t p = 0; p < NB_SCENE_PARTS; p++) good = good && right[i * NB_SCENE_PARTS + p] != 0;
        all += good;
    }
    return (double)all / N;
}

static void test_real_scenes(void)
{
    for (int most = 1; most <= NB_SCENE_MOST; most++) {
        draw(42, (nb_scenes_config){most, most, 0.75, false}, NULL);
        CHECK(agreeing(tokens, objects) == 1.0, "%d shapes: captions say what is not drawn", most);
        for (size_t i = 0; i < (size_t)N * PIXELS; i++)
            REQUIRE(images[i] >= -1.0F && images[i] <= 1.0F, "%g", (double)images[i]);
        REQUIRE(nb_scene_fit(N, images, found, NULL) == NB_OK, "fit");
        const double seen = agreeing(tokens, found);
        printf("measured %d shapes: %g of real scenes are read right\n", most, seen);
        CHECK(seen >= 0.99, "%d shapes: %g of real scenes are read right", most, seen);
        char name[32];
        snprintf(name, sizeof name, "scenes of %d", most);
        bits(name, images, sizeof images);
        bits("their tokens", tokens, sizeof tokens);
        bits("what is seen", found, sizeof found);
    }
}

/* Through noise as a model leaves it; and noise alone shows nothing. */
static void test_noise(void)
{
    nb_rng *rng = new_rng(1);
    draw(3, (nb_scenes_config){1, 2, 1.0, false}, NULL);
    nb_torch_randn(rng, (size_t)N * PIXELS, noise);
    for (size_t i = 0; i < (size_t)N * PIXELS; i++) images[i] += 0.1F * noise[i];
    REQUIRE(nb_scene_fit(N, images, found, NULL) == NB_OK, "fit");
    CHECK(agreeing(tokens, found) >= 0.99, "through noise %g are right", agreeing(tokens, found));
    REQUIRE(nb_scene_fit(N, noise, found, NULL) == NB_OK, "fit");
    CHECK(agreeing(tokens, found) <= 0.01, "of noise %g is right", agreeing(tokens, found));
    nb_rng_destroy(rng);
}

/* A picture of another scene is not taken for the caption's: each part is told by itself. */
static void test_wrong_pictures(void)
{
    int32_t caption[NB_SCENE_TOKENS];
    static const struct {
        const char *text;
        int right[NB_SCENE_PARTS]; /* of a small red circle, left of a large blue square */
    } cases[] = {{"a small red circle left of a large blue square", {1, 1, 1, 1, 1}},
                 {"a large blue square right of a small red circle", {1, 1, 1, 1, 1}},
                 {"a small red circle right of a large blue square", {1, 1, 1, 1, 0}},
                 {"a small blue circle left of a large red square", {1, 1, 0, 1, 1}},
                 {"a small red square left of a large blue circle", {1, 0, 1, 1, 1}},
                 {"a large red circle and a large blue square", {1, 1, 1, 0, -1}},
                 {"a red circle at the left", {0, 1, 1, -1, 1}},
                 {"a red circle at the top", {0, 1, 1, -1, 0}},
                 {"three red circles", {0, 0, 0, -1, -1}},
                 {"blue", {0, -1, 1, -1, -1}},
                 {"two circles", {1, 0, -1, -1, -1}},
                 {"red circle, large blue square", {1, 1, 1, 1, -1}}};
    const float scene[NB_SCENE_OBJECTS * OBJECT] = {0,  0,  3.5F, 16, 7, 1, 1,  3,  6, 17, 23, 1,
                                                    -1, -1, 0,    0,  0, 0, -1, -1, 0, 0,  0,  0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nb_error err = {0};
        int32_t got[NB_SCENE_PARTS];
        REQUIRE(nb_scene_tokens(cases[i].text, caption, &err) == NB_OK, "%s", err.message);
        REQUIRE(nb_scene_agree(1, caption, scene, got, &err) == NB_OK, "%s", err.message);
        for (int p = 0; p < NB_SCENE_PARTS; p++)
            CHECK(got[p] == cases[i].right[p], "%s, part %d: %d", cases[i].text, p, (int)got[p]);
    }
}

/* Whether a scene has an object of this colour and shape. */
static bool has(size_t i, float shape, float colour)
{
    for (size_t k = 0; k < NB_SCENE_OBJECTS; k++) {
        const float *const o = objects + (i * NB_SCENE_OBJECTS + k) * OBJECT;
        if (o[2] > 0.0F && o[0] == shape && o[1] == colour) return true;
    }
    return false;
}

static void test_left_out(void)
{
    const char *const phrases = "purple triangle, green circle";
    int without = 0, only = 0;
    draw(5, (nb_scenes_config){1, 3, 0.5, false}, phrases);
    for (size_t i = 0; i < N; i++) without += has(i, 2, 4) || has(i, 0, 2);
    CHECK(without == 0, "%d scenes show what was left out", without);
    draw(5, (nb_scenes_config){1, 3, 0.5, true}, phrases);
    for (size_t i = 0; i < N; i++) only += has(i, 2, 4) || has(i, 0, 2);
    CHECK(only == N, "%d of %d scenes show what they should", only, N);
    draw(5, (nb_scenes_config){2, 2, 1.0, true}, "red circle left of blue square");
    for (size_t i = 0; i < N; i++) only -= has(i, 0, 0) && has(i, 1, 3);
    CHECK(only == 0, "%d scenes are none of the two", only);
}

/* Every word comes up, and a caption is what its text's tokens are. */
static void test_words(void)
{
    int met[NB_SCENE_WORDS] = {0};
    draw(7, (nb_scenes_config){1, 3, 0.75, false}, NULL);
    for (size_t i = 0; i < N; i++) {
        char text[256] = "";
        int32_t again[NB_SCENE_TOKENS];
        const int32_t *const row = tokens + i * NB_SCENE_TOKENS;
        for (size_t k = 0; k < NB_SCENE_TOKENS; k++) {
            met[row[k]]++;
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", k ? " " : "",
                     nb_scene_word(row[k]));
        }
        REQUIRE(nb_scene_tokens(text, again, NULL) == NB_OK, "%s", text);
        CHECK(memcmp(again, row, sizeof again) == 0, "%s", text);
    }
    for (int k = 0; k < NB_SCENE_WORDS; k++) CHECK(met[k] > 0, "\"%s\" never comes up", nb_scene_word(k));
    CHECK(nb_scene_word(-1) == NULL && nb_scene_word(NB_SCENE_WORDS) == NULL, "words beyond the last");
}

static void test_refusals(void)
{
    nb_rng *rng = new_rng(1);
    int32_t row[NB_SCENE_TOKENS] = {7, 7, 7};
    static char endless[100001];
    memset(endless, 'a', sizeof endless - 1);
    FAILS(NB_ERR_ARGUMENT, "\"cat\" is not among the words: a two",
          nb_scene_tokens("a red cat", row, &failure));
    FAILS(NB_ERR_ARGUMENT, "without a word", nb_scene_tokens(" .,;\n\t\x01", row, &failure));
    FAILS(NB_ERR_ARGUMENT, "\"aaaaaaaaaaaaaaaaaaaaaaaa...\"", nb_scene_tokens(endless, row, &failure));
    for (size_t i = 1; i < sizeof endless - 1; i += 2) endless[i] = ' ';
    FAILS(NB_ERR_ARGUMENT, "of 50000 words: it has at most 12", nb_scene_tokens(endless, row, &failure));
    FAILS(NB_ERR_ARGUMENT, "is not among",
          nb_scene_tokens("\xd0\xba\xd1\x80\xd1\x83\xd0\xb3", row, &failure));
    CHECK(row[0] == 7 && row[2] == 7, "a refusal changed the tokens");
    static const struct {
        nb_scenes_config config;
        const char *left_out, *part;
    } refused[] = {{{0, 3, 0.5, false}, NULL, "of 0 to 3 shapes"},
                   {{1, 4, 0.5, false}, NULL, "of 1 to 4 shapes"},
                   {{3, 2, 0.5, false}, NULL, "of 3 to 2 shapes"},
                   {{1, 3, 1.5, false}, NULL, "said = 1.5"},
                   {{1, 3, (double)NAN, false}, NULL, "said = "},
                   {{1, 3, 0.5, false}, "red circle, hexagon", "\"hexagon\" is not"},
                   {{1, 3, 0.5, false}, "the, red", "names nothing"},
                   {{1, 3, 0.5, true}, "", "nothing is left out"},
                   {{1, 3, 0.5, false}, "circle, square, triangle", "none may stay"}};
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) images[i] = 0.25F;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        FAILS(NB_ERR_ARGUMENT, refused[i].part,
              nb_data_scenes(rng, 2, &refused[i].config, refused[i].left_out, images, tokens, objects,
                             &failure));
    size_t changed = 0;
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) changed += images[i] != 0.25F;
    CHECK(changed == 0, "refusals changed %zu pixels", changed);
    FAILS(NB_ERR_ARGUMENT, "0 scenes",
          nb_data_scenes(rng, 0, &refused[0].config, NULL, images, tokens, objects, &failure));
    images[5] = (float)NAN;
    FAILS(NB_ERR_NONFINITE, "not finite", nb_scene_fit(1, images, found, &failure));
    const int32_t bad[2][NB_SCENE_TOKENS] = {{30}, {1, 20}};
    FAILS(NB_ERR_ARGUMENT, "token 30", nb_scene_agree(1, bad[0], objects, right, &failure));
    FAILS(NB_ERR_ARGUMENT, "names nothing", nb_scene_agree(1, bad[1], objects, right, &failure));
    int32_t two[2 * NB_SCENE_TOKENS] = {0};
    REQUIRE(nb_scene_tokens("a red circle", two, NULL) == NB_OK, "a circle");
    two[NB_SCENE_TOKENS] = 30;
    memset(right, 7, sizeof right);
    FAILS(NB_ERR_ARGUMENT, "token 30", nb_scene_agree(2, two, found, right, &failure));
    for (int k = 0; k < NB_SCENE_PARTS; k++) CHECK(right[k] == 0x07070707, "nothing is told of the first");
    REQUIRE(nb_scene_tokens("three red circles and a square", row, NULL) == NB_OK, "four");
    FAILS(NB_ERR_ARGUMENT, "more than 3", nb_scene_agree(1, row, objects, right, &failure));
    nb_rng_destroy(rng);
}

int main(void)
{
    test_real_scenes();
    test_noise();
    test_wrong_pictures();
    test_left_out();
    test_words();
    test_refusals();
    return check_report();
}
