/* random_network.h - valid networks at random, made of what the layers' descriptors say and nothing else: a layer, its settings
 * and the values that it reads are proposed, and kept if nb_network takes them. A new layer needs no line here. The same seed
 * gives the same network everywhere. */
#ifndef NB_TESTS_RANDOM_NETWORK_H
#define NB_TESTS_RANDOM_NETWORK_H

#include "check.h"
#include "models/network.h"

enum {
    PROPOSALS = 200,     /* for one step */
    MOST_STEPS = 14,     /* of a network */
    MOST_NUMBERS = 900,  /* in a value */
    MOST_WEIGHTS = 4000, /* in a module */
    MOST_DEPTH = 3
};

typedef struct random_network {
    nb_network *net;
    nb_rng *rng;
    int channels[3], sides[2]; /* few sizes, so that values fit together */
    bool usual;                /* layers as most networks have them */
    int depth, blocks, names;
    char path[MOST_DEPTH + 1][64]; /* what has been entered */
} random_network;

static inline int below(nb_rng *rng, int n)
{
    int32_t value;
    nb_numpy_randint(rng, 0, (uint32_t)n, 1, &value, NULL);
    return value;
}

static inline bool chance(nb_rng *rng, int in_100) { return below(rng, 100) < in_100; }

static inline void must(const nb_network *net)
{
    nb_error err = {0};
    REQUIRE(nb_network_check(net, &err) == NB_OK, "a random network: %s", err.message);
}

/* ---- Inputs ------------------------------------------------------------------------------------------------- */

static inline void draw_sizes(random_network *r)
{
    static const int channels[] = {1, 2, 3, 4, 5, 6, 8, 8, 9, 12, 12, 16, 24};
    for (int i = 0; i < 3; i++) {
        const int any = channels[below(r->rng, sizeof channels / sizeof *channels)];
        r->channels[i] = r->usual ? 4 * (2 + any % 3) : any;
    }
    for (int i = 0; i < 2; i++) r->sides[i] = 1 + below(r->rng, 9);
}

static inline int a_channel(const random_network *r) { return r->channels[below(r->rng, 3)]; }
static inline int a_side(const random_network *r) { return r->sides[below(r->rng, 2)]; }

static inline void add_input(random_network *r, nb_input_kind kind, nb_axes axes)
{
    char name[16];
    int shape[3];
    shape[0] = a_channel(r); /* draws are made one after the other: C leaves the order within a list open */
    shape[1] = a_side(r);
    shape[2] = a_side(r);
    size_t rank = axes == NB_IMAGE ? 3 : axes == NB_FEATURES ? 1 : 2;
    if (axes == NB_TOKENS) {
        shape[0] = a_side(r);
        shape[1] = a_channel(r);
    }
    if (kind == NB_INPUT_TIMESTEP || kind == NB_INPUT_FRACTION) rank = 0;
    if (kind == NB_INPUT_LABELS) {
        rank = 1;
        shape[0] = 1 + below(r->rng, 5);
    }
    if (kind == NB_INPUT_TOKENS) {
        rank = 2;
        shape[0] = a_side(r);
        shape[1] = 1 + below(r->rng, 9);
    }
    snprintf(name, sizeof name, "%s%d", nb_input_kind_name(kind), r->net->n_inputs);
    nb_network_input(r->net, name, kind, axes, rank, shape);
    must(r->net);
}

static inline void add_inputs(random_network *r)
{
    const int likely = below(r->rng, 8);
    const nb_axes axes = likely < 4 ? (nb_axes)likely : NB_IMAGE;
    nb_input_kind kinds[8] = {NB_INPUT_X};
    int n = 1;
    if (chance(r->rng, 50)) kinds[n++] = chance(r->rng, 50) ? NB_INPUT_TIMESTEP : NB_INPUT_FRACTION;
    if (chance(r->rng, 30)) kinds[n++] = NB_INPUT_LABELS;
    if (chance(r->rng, 25)) kinds[n++] = NB_INPUT_TOKENS;
    while (n < 6 && chance(r->rng, 45)) kinds[n++] = NB_INPUT_COND;
    for (int i = n - 1; i > 0; i--) {
        const int k = below(r->rng, i + 1);
        const nb_input_kind kept = kinds[i];
        kinds[i] = kinds[k];
        kinds[k] = kept;
    }
    for (int i = 0; i < n; i++) {
        const int which = kinds[i] == NB_INPUT_X ? 0 : below(r->rng, 10);
        add_input(r, kinds[i], which < 5 ? axes : which < 8 ? NB_FEATURES : (nb_axes)below(r->rng, 4));
    }
}

/* ---- Proposals ---------------------------------------------------------------------------------------------- */

typedef struct proposal {
    int layer;  /* by nb_layer_describe's number; with module >= 0 what that is of */
    int module; /* one that there is already, or -1 */
    char settings[200];
    int n, in[NB_INPUTS];
} proposal;

static inline size_t numbers_in(nb_shape s) { return nb_mul(nb_mul(s.height, s.width), s.channels); }

/* The latest value, or any; beside another one rather of as many channels. */
static inline int a_value(const random_network *r, int beside)
{
    const nb_network *net = r->net;
    int v = net->n_values - 1;
    for (int k = 0; k < 4; k++) {
        if (beside >= 0 || !chance(r->rng, 65)) v = below(r->rng, net->n_values);
        if (beside < 0 || net->values[v].shape.channels == net->values[beside].shape.channels) break;
    }
    return v;
}

static inline int words_in(const char *text)
{
    int n = 1;
    for (; *text; text++) n += *text == ' ';
    return n;
}

/* A size that has to do with what there is. */
static inline int a_size(const random_network *r, const proposal *p)
{
    const int from = p->n > 0 ? p->in[below(r->rng, p->n)] : below(r->rng, r->net->n_values);
    const nb_shape s = r->net->values[from].shape;
    const size_t of_value[] = {s.channels,
                               s.channels,
                               s.channels,
                               s.width,
                               s.height,
                               s.width * s.height,
                               s.channels * s.width * s.height};
    const int which = below(r->rng, 12);
    if (which < 7) return (int)of_value[which];
    return which < 9 ? a_channel(r) : which < 10 ? a_side(r) : 1 + below(r->rng, 8);
}

/* What most networks have, and there are faster kinds for. */
static inline bool usual(const nb_setting *s, double *value)
{
    static const struct {
        const char *name;
        double value;
    } known[] = {{"kernel_size", 3}, {"padding", 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, s->name) != 0 || known[i].value > s->most) continue;
        *value = known[i].value;
        return true;
    }
    return false;
}

/* "name=value" of one setting, or nothing. */
static inline void propose_setting(random_network *r, const nb_setting *s, proposal *p)
{
    char *text = p->settings + strlen(p->settings);
    const size_t room = sizeof p->settings - strlen(p->settings);
    nb_rng *rng = r->rng;
    const char *word;
    double value;
    if (chance(rng, r->usual ? 90 : 40) && usual(s, &value)) {
        snprintf(text, room, "%s=%.0f ", s->name, value);
        return;
    }
    if (!isnan(s->given) && chance(rng, r->usual ? 90 : 50)) return;
    if (s->words) {
        const size_t n = nb_setting_word(s, below(rng, words_in(s->words)), &word);
        snprintf(text, room, "%s=%.*s ", s->name, (int)n, word);
    } else if (s->real) { /* within its range, or it will be refused */
        const int whole = below(rng, 10), parts = below(rng, 100000), power = below(rng, 9);
        snprintf(text, room, "%s=%d.%de-%d ", s->name, whole, parts, power);
    } else {
        const bool few = s->most - s->least < 8.0;
        value = few ? s->least + below(rng, 1 + (int)(s->most - s->least)) : a_size(r, p);
        if (value < s->least) value = s->least;
        snprintf(text, room, "%s=%.0f ", s->name, value);
    }
}

static inline int layers_there_are(void)
{
    int n = 0;
    while (nb_layer_describe(n).name) n++;
    return n;
}

static inline int layer_of(const nb_layer_kind *kind)
{
    int n = 0;
    while (strcmp(nb_layer_describe(n).name, kind->name) != 0) n++;
    return n;
}

static inline proposal propose(random_network *r, int layer, int module)
{
    const nb_layer_info info = nb_layer_describe(layer);
    proposal p = {.layer = layer, .module = module, .n = info.inputs};
    if (info.optional) p.n -= below(r->rng, info.optional + 1);
    for (int i = 0; i < p.n; i++) p.in[i] = a_value(r, i ? p.in[0] : -1);
    const nb_setting *s;
    for (int i = 0; module < 0 && (s = nb_layer_setting(layer, i)); i++) propose_setting(r, s, &p);
    if (module >= 0)
        nb_settings_write(r->net->modules[module].kind, r->net->modules[module].settings, p.settings,
                          sizeof p.settings);
    return p;
}

/* The value as an input of a network of its own. */
static inline int probe_input(const nb_network *net, nb_network *probe, int value, int index)
{
    char name[16];
    const nb_net_value *v = &net->values[value];
    const nb_net_input *in = v->input >= 0 ? &net->inputs[v->input] : NULL;
    const nb_value_shape s = nb_shape_of(v->shape);
    snprintf(name, sizeof name, "v%d", index);
    if (in && in->kind == NB_INPUT_LABELS)
        return nb_network_input(probe, name, in->kind, NB_FEATURES, 1, &in->count);
    if (in && in->kind == NB_INPUT_TOKENS)
        return nb_network_input(probe, name, in->kind, NB_FEATURES, 2, (int[]){s.shape[0], in->count});
    return nb_network_input(probe, name, NB_INPUT_COND, s.axes, (size_t)s.rank, s.shape);
}

/* Whether it fits, tried apart, as a network keeps its first failure. */
static inline bool fits(const random_network *r, const proposal *p)
{
    nb_network *probe;
    int in[NB_INPUTS] = {0};
    REQUIRE(nb_network_create(&probe, NULL) == NB_OK, "memory");
    for (int i = 0; i < p->n; i++) {
        in[i] = -1;
        for (int k = 0; k < i; k++) in[i] = p->in[k] == p->in[i] ? in[k] : in[i];
        if (in[i] < 0) in[i] = probe_input(r->net, probe, p->in[i], i);
    }
    must(probe);
    const nb_layer_info info = nb_layer_describe(p->layer);
    int out = -1;
    if (info.weights) {
        const int m = nb_network_module(probe, "m", info.name, p->settings);
        if (m >= 0) out = nb_network_apply(probe, m, (size_t)p->n, in);
        if (out >= 0) {
            const nb_weight w = probe->modules[0].kind->weight(probe->modules[0].settings);
            if (nb_mul(nb_mul(w.taps, w.in), w.out) > MOST_WEIGHTS) out = -1;
        }
    } else {
        out = nb_network_call(probe, info.name, p->settings, (size_t)p->n, in);
    }
    nb_error err = {0};
    if (nb_network_check(probe, &err) != NB_OK)
        CHECK(err.status != NB_OK && one_line(err.message), "%s: \"%s\"", info.name, err.message);
    const bool good = out >= 0 && numbers_in(probe->values[out].shape) <= MOST_NUMBERS;
    nb_network_destroy(probe);
    return good;
}

/* ---- Steps -------------------------------------------------------------------------------------------------- */

static inline int new_module(random_network *r, const char *kind, const char *settings)
{
    char name[80];
    snprintf(name, sizeof name, "%s%sm%d", r->path[r->depth], r->depth ? "." : "", r->net->n_modules);
    return nb_network_module(r->net, name, kind, settings);
}

static inline void run_proposal(random_network *r, const proposal *p)
{
    const nb_layer_info info = nb_layer_describe(p->layer);
    const bool named = info.name[0] >= 'A' && info.name[0] <= 'Z';
    if (p->module >= 0)
        nb_network_apply(r->net, p->module, (size_t)p->n, p->in);
    else if (info.weights || (named && chance(r->rng, 25)))
        nb_network_apply(r->net, new_module(r, info.name, p->settings), (size_t)p->n, p->in);
    else
        nb_network_call(r->net, info.name, p->settings, (size_t)p->n, p->in);
    must(r->net);
}

/* A layer of the table, or now and then a module once more; where layers are usual, rather those that a plan makes less of. */
static inline void add_step_at_random(random_network *r)
{
    static const nb_layer_kind *const folded[] = {&nb_relu_layer, &nb_add_layer, &nb_concat_layer,
                                                  &nb_group_norm_layer};
    const int layers = layers_there_are();
    for (int i = 0; i < PROPOSALS; i++) {
        const bool again = r->net->n_modules > 0 && chance(r->rng, 15);
        const int module = again ? below(r->rng, r->net->n_modules) : -1;
        const int often = r->usual && chance(r->rng, 40) ? below(r->rng, sizeof folded / sizeof *folded) : -1;
        const int layer = again        ? layer_of(r->net->modules[module].kind)
                          : often >= 0 ? layer_of(folded[often])
                                       : below(r->rng, layers);
        const nb_layer_info info = nb_layer_describe(layer);
        if (info.inputs == 0 && chance(r->rng, 70)) continue;                  /* it fits everywhere */
        if (!info.weights && info.inputs == 1 && chance(r->rng, 40)) continue; /* so do most of these */
        for (int k = 0; k < 20; k++, i++) {
            const proposal p = propose(r, layer, module);
            if (!fits(r, &p)) continue;
            run_proposal(r, &p);
            return;
        }
    }
}

static inline void enter_or_leave(random_network *r)
{
    char name[16];
    if (r->depth < MOST_DEPTH && chance(r->rng, 18)) {
        char path[64];
        snprintf(path, sizeof path, "%.40s%sb%d", r->path[r->depth], r->depth ? "." : "", r->blocks++);
        memcpy(r->path[++r->depth], path, sizeof path);
        nb_network_enter(r->net, r->path[r->depth], chance(r->rng, 20) ? "Sequential" : "Block");
    } else if (r->depth > 0 && chance(r->rng, 25)) {
        nb_network_leave(r->net, chance(r->rng, 85) ? r->net->n_values - 1 : -1);
        r->depth--;
    }
    if (chance(r->rng, 25)) {
        snprintf(name, sizeof name, "h%d", r->names++);
        nb_network_name(r->net, name,
                        chance(r->rng, 70) ? r->net->n_values - 1 : below(r->rng, r->net->n_values));
    }
    must(r->net);
}

/* The last value, and now and then others. */
static inline void add_outputs(random_network *r)
{
    nb_network *net = r->net;
    nb_network_output(net, "y", net->n_values - 1);
    while (net->n_outputs < 4 && net->n_outputs < net->n_values && chance(r->rng, 30)) {
        const int v = below(r->rng, net->n_values);
        bool taken = false;
        for (int i = 0; i < net->n_outputs; i++) taken = taken || net->outputs[i].value == v;
        char name[16];
        snprintf(name, sizeof name, "y%d", net->n_outputs);
        if (!taken) nb_network_output(net, name, v);
    }
    must(net);
}

/* How many to try: with NB_LONG many more, under the sanitizers, where one takes ten times as long, a fifth. */
static inline uint32_t networks_to_try(uint32_t usual)
{
#ifdef __SANITIZE_ADDRESS__
    usual /= 5;
#endif
    return getenv("NB_LONG") ? 20 * usual : usual;
}

/* The network of a seed; nb_network_destroy ends it. */
static inline nb_network *a_network(uint32_t seed)
{
    random_network r = {.rng = new_rng(seed)};
    REQUIRE(nb_network_create(&r.net, NULL) == NB_OK, "memory");
    r.usual = chance(r.rng, 30);
    draw_sizes(&r);
    add_inputs(&r);
    const int steps = 1 + below(r.rng, MOST_STEPS);
    for (int i = 0; i < steps; i++) {
        enter_or_leave(&r);
        add_step_at_random(&r);
    }
    for (; r.depth > 0; r.depth--) nb_network_leave(r.net, r.net->n_values - 1);
    add_outputs(&r);
    nb_rng_destroy(r.rng);
    return r.net;
}

#endif
