/* noisebook.h - diffusion models small enough to train while you watch.
 *
 * The one public header of the core. Data flows one way through it:
 *
 *     data set -> schedule -> noising -> model -> loss -> backward -> Adam -> sampler -> points or pixels
 *
 * Conventions
 *   Errors     A function that can fail returns nb_status and takes `nb_error *err` last (may be NULL);
 *              on failure its out-parameters are unchanged and err says what was wrong and what is accepted.
 *   Ownership  X_create gives an object to the caller, who ends it with X_destroy (NULL is fine). An object
 *              keeps borrowing what it was created from (engine, schedule, model, rng): destroy it first.
 *   Arrays     C order, without padding. (n, d) is n rows of d numbers. No pointer is kept unless it says so.
 *   Exactness  The same calls give the same bits on every machine, natively and in WebAssembly, with any
 *              number of threads, unless the engine was created with NB_MODE_FAST.
 *   Threads    An object serves one caller at a time. Different objects are independent, engines included.
 */
#ifndef NOISEBOOK_H
#define NOISEBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__ /* the library is compiled with -fvisibility=hidden: what stands here is all that it exports */
#pragma GCC visibility push(default)
#endif

#define NB_VERSION "0.1.0"

/* ---- Status ------------------------------------------------------------------------------------------- */

typedef enum nb_status {
    NB_OK = 0,
    NB_ERR_ARGUMENT,  /* a number or name outside what is accepted */
    NB_ERR_MEMORY,    /* not enough memory */
    NB_ERR_SHAPE,     /* sizes that do not fit together */
    NB_ERR_FORMAT,    /* a file that is not what it should be */
    NB_ERR_NONFINITE, /* a NaN or an infinity came up */
} nb_status;

typedef struct nb_error {
    nb_status status;
    char message[256]; /* one line, no newline */
} nb_error;

/* ---- Random numbers: MT19937 with NumPy's legacy stream and PyTorch's CPU stream ----------------------- */

/* One Mersenne twister (Matsumoto and Nishimura, 1998) with the normal values that NumPy and PyTorch keep
 * back. np.random.seed(S) and torch.manual_seed(S) start two separate generators from the same state: create
 * two. */
typedef struct nb_rng nb_rng;

nb_status nb_rng_create(uint32_t seed, nb_rng **out, nb_error *err);
void nb_rng_destroy(nb_rng *rng);
void nb_rng_seed(nb_rng *rng, uint32_t seed); /* as just created with this seed */

/* The whole state, NB_RNG_STATE_BYTES bytes, little endian, the same on every machine. Setting a state checks
 * it: NB_ERR_FORMAT if the position or a kept normal value is out of range, or every word is 0. */
#define NB_RNG_STATE_BYTES ((size_t)(4 * 624 + 4 + 4 + 8 + 4 + 8))
void nb_rng_get_state(const nb_rng *rng, uint8_t *state);
nb_status nb_rng_set_state(nb_rng *rng, const uint8_t *state, size_t size, nb_error *err);

/* The seed that it was last started from: false once nb_rng_set_state has given it a state of unknown origin. */
bool nb_rng_get_seed(const nb_rng *rng, uint32_t *seed);

/* NumPy's legacy RandomState. out holds n values. NB_ERR_ARGUMENT, and nothing is drawn, for bounds out of range. */
/* [low, high), 53 bits; low and high finite, and so is high - low. */
nb_status nb_numpy_uniform(nb_rng *rng, size_t n, double low, double high, double *out, nb_error *err);
void nb_numpy_randn(nb_rng *rng, size_t n, double *out); /* N(0, 1), polar method */
/* [low, high), low < high <= 2^31. */
nb_status nb_numpy_randint(nb_rng *rng, uint32_t low, uint32_t high, size_t n, int32_t *out, nb_error *err);

/* PyTorch's CPU generator, likewise. */
void nb_torch_rand(nb_rng *rng, size_t n, float *out); /* [0, 1), 24 bits */
/* Tensor.uniform_: [low, high), low <= high, both finite, and so is high - low. */
nb_status nb_torch_uniform(nb_rng *rng, size_t n, float low, float high, float *out, nb_error *err);
/* N(0, 1). One call is one tensor: below 16 elements PyTorch draws in double and keeps every second value
 * back, from 16 on it fills by Box-Muller in blocks of 16. */
void nb_torch_randn(nb_rng *rng, size_t n, float *out);
/* Tensor.bernoulli_: 1 with probability p, 0 <= p <= 1, else 0; as of a build without MKL, which draws in another way. */
void nb_torch_bernoulli(nb_rng *rng, size_t n, double p, float *out);
void nb_torch_skip_randn(nb_rng *rng, size_t n); /* the same draws, with no numbers made of them */
/* [low, high), low < high <= 2^31. */
nb_status nb_torch_randint(nb_rng *rng, uint32_t low, uint32_t high, size_t n, int32_t *out, nb_error *err);
nb_status nb_torch_randperm(nb_rng *rng, size_t n, int32_t *out,
                            nb_error *err); /* of 0..n-1, n <= 2^31 - 1 */

/* ---- Data: point sets in the plane --------------------------------------------------------------------- */

#define NB_MAX_POINTS ((size_t)10000000)

/* Exercise 1: r = theta / 4 pi, theta evenly from 0 to 4 pi. out (n, 2). */
void nb_data_spiral(size_t n, double *out);
/* Exercise 5: scikit-learn's make_swiss_roll(n, noise), columns x and z divided by 10. out (n, 2).
 * NB_ERR_MEMORY: the draws need 5 n doubles for the call. */
nb_status nb_data_swiss_roll(nb_rng *rng, size_t n, double noise, double *out, nb_error *err);
/* The noise-free curve behind it, (u cos u, u sin u) / 10 at n even steps of u in [1.5 pi, 4.5 pi]. out (n,
 * 2). */
void nb_data_swiss_roll_curve(size_t n, double *out);
/* Exercise 10: ring, square, blob, per_class points each, in this order. out (3 per_class, 2), labels (3
 * per_class). */
nb_status nb_data_classes(nb_rng *rng, size_t per_class, double *out, int32_t *labels, nb_error *err);

/* ---- Data: small pictures, values from 0 to 1 ----------------------------------------------------------- */

/* Height and width are at most 4096. Exercise 3: squares of `square` pixels, 1 to the shorter side, the first one white.
 * out (height, width). */
nb_status nb_data_checkerboard(int height, int width, int square, float *out, nb_error *err);
/* The companion: the middle half of the height and of the width white, in a black colour picture. out (3, height, width);
 * sides from 4. */
nb_status nb_data_colour_square(int height, int width, float *out, nb_error *err);
#define NB_SHAPES_LEAST_SIDE 24 /* pixels */
/* Exercise 8: n filled circles (0), squares (1) and triangles (2), drawn with NumPy's generator as the course draws
 * them: of the course's sizes (triangles: as large as the picture has room), anywhere in it. out (n, 1, height, width),
 * labels (n); sides from NB_SHAPES_LEAST_SIDE. */
nb_status nb_data_shapes(nb_rng *rng, size_t n, int height, int width, float *out, int32_t *labels,
                         nb_error *err);

/* Scenes: colour pictures (3, 32, 32) from -1 to 1 of one to three circles, squares and triangles on paper, none of which
 * touch, with captions such as "a large red circle left of a small blue square" as tokens: the numbers of words, then 0. */
#define NB_SCENE_SIDE 32
#define NB_SCENE_WORDS 30  /* tokens; 0 is no word */
#define NB_SCENE_TOKENS 12 /* of a caption */
#define NB_SCENE_MOST 3    /* shapes in a scene */
#define NB_SCENE_OBJECTS 4 /* that are told of a picture: one more than a scene has */
#define NB_SCENE_NUMBERS                                                                                     \
    6 /* of an object: shape (0 circle, 1 square, 2 triangle), colour (0 red, then as their tokens),
                               radius, y, x in pixels, fit from 0 to 1; one that is not there has radius 0, shape -1 */
#define NB_SCENE_CLEAN 0.75 /* an object whose best fit is below that has shape -1 */

typedef struct nb_scenes_config {
    int least, most; /* shapes in a scene, 1..NB_SCENE_MOST */
    double said;     /* 0..1: how likely a caption says a size, and the place of a single shape */
    bool only;       /* no other scenes are drawn than those of left_out */
} nb_scenes_config;

/* n scenes, drawn with NumPy's generator: images (n, 3, 32, 32), tokens (n, NB_SCENE_TOKENS), objects (n, NB_SCENE_OBJECTS,
 * NB_SCENE_NUMBERS) as captions name them. left_out, such as "purple circle, small triangle at the left": a scene that shows
 * any of this is not drawn; "" or NULL. NB_ERR_ARGUMENT, with arrays half filled, if too much is left out. */
nb_status nb_data_scenes(nb_rng *rng, size_t n, const nb_scenes_config *config, const char *left_out,
                         float *images, int32_t *tokens, float *objects, nb_error *err);
/* A token's word, "" for 0, NULL beyond NB_SCENE_WORDS. */
const char *nb_scene_word(int token);
/* tokens (NB_SCENE_TOKENS) of a text; capitals and punctuation do not matter. NB_ERR_ARGUMENT for a word that is none of
 * them, which is named, for no word at all, and for too many. */
nb_status nb_scene_tokens(const char *text, int32_t *tokens, nb_error *err);

/* Real pictures, grey, with their classes: web/data/fashion-14.nbi (2,000 of 14x14, Fashion-MNIST) and digits-8.nbi (1,797
 * of 8x8). Class names are not in the files. */
typedef struct nb_images {
    size_t count;
    int height, width, classes;
    float *pixels;   /* (count, 1, height, width), 0..1 */
    int32_t *labels; /* (count), 0..classes-1 */
} nb_images;

/* A .nbi file in memory, at most 16 levels of grey and 2^26 pixels. out->pixels and out->labels are malloc'ed for the
 * caller. NB_ERR_FORMAT unless every field, label and level is in range and the size fits to the byte. */
nb_status nb_images_decode(const uint8_t *file, size_t size, nb_images *out, nb_error *err);
void nb_images_free(nb_images *images); /* what decode malloc'ed; leaves *images zeroed */

/* ---- Schedule: beta_t and everything derived from it --------------------------------------------------- */

typedef enum nb_schedule_kind {
    NB_SCHEDULE_OWN = -1,           /* betas of the caller's own: nb_schedule_from_beta */
    NB_SCHEDULE_LINEAR,             /* "linear": beta_start to beta_end (Ho et al. 2020) */
    NB_SCHEDULE_COSINE,             /* "cosine": Nichol and Dhariwal 2021, eq. 17, beta at most 0.999 */
    NB_SCHEDULE_COSINE_9999,        /* "cosine-0.9999": the same, clipped to [1e-4, 0.9999] */
    NB_SCHEDULE_QUADRATIC,          /* "quadratic": linear in u^2, u = t / (T-1) */
    NB_SCHEDULE_QUADRATIC_SQRT,     /* "quadratic-sqrt": the square of a line in sqrt(beta) */
    NB_SCHEDULE_EXPONENTIAL,        /* "exponential": beta_1 (beta_T / beta_1)^(t/T), t = 0..T-1 */
    NB_SCHEDULE_EXPONENTIAL_CLOSED, /* "exponential-closed": the same, t = 1..T, so that it reaches beta_T */
    /* "cosine-clipped": clipped to [1e-4, 0.999] as the course has it. The floor lifts the first 13 betas at T = 1000, which
     * moves alpha_bar by 0.0004, and more of them beyond: by 0.013 at T = 4000. Up to T = 443 it is "cosine", bit for bit. */
    NB_SCHEDULE_COSINE_CLIPPED
} nb_schedule_kind;
#define NB_SCHEDULE_KINDS 8

/* A kind of schedule, from the one table of them (diffusion/schedule.c). */
typedef struct nb_schedule_info {
    const char *name;
    const char *formula; /* of beta_t, in one line of plain text */
    bool takes_beta;     /* reads beta_start and beta_end */
} nb_schedule_info;

/* Tables of T floats, rounded as PyTorch rounds them: beta in double, then float; alpha_bar accumulated in
 * double. */
typedef enum nb_table {
    NB_BETA,                     /* beta_t */
    NB_ALPHA,                    /* alpha_t = 1 - beta_t */
    NB_ALPHA_BAR,                /* prod of alpha_s, s <= t */
    NB_ALPHA_BAR_PREV,           /* alpha_bar_{t-1}, 1 at t = 0 */
    NB_SQRT_ALPHA_BAR,           /* weight of x_0 in x_t */
    NB_SQRT_ONE_MINUS_ALPHA_BAR, /* weight of eps in x_t: a standard deviation, not a variance */
    NB_SQRT_RECIP_ALPHA,         /* 1 / sqrt(alpha_t) */
    NB_POSTERIOR_VARIANCE,       /* beta_t (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t): a variance */
    NB_SNR                       /* alpha_bar / (1 - alpha_bar) */
} nb_table;
#define NB_TABLES 9

typedef struct nb_schedule nb_schedule;

const nb_schedule_info *nb_schedule_describe(nb_schedule_kind kind); /* NULL for a number that is no kind */
const char *nb_schedule_name(nb_schedule_kind kind);                 /* its name alone, likewise */
/* NB_ERR_ARGUMENT for a name that is none of the above (err lists them). */
nb_status nb_schedule_find(const char *name, nb_schedule_kind *out, nb_error *err);
/* T from 2 to 100000; 2^-24 <= beta_start <= beta_end < 1 (not read where the kind does not take them). NB_ERR_ARGUMENT too where
 * alpha_bar reaches 0 in float before T: linear from 1e-4 to 0.02 does from about T = 8700 on. */
nb_status nb_schedule_create(nb_schedule_kind kind, int T, double beta_start, double beta_end,
                             nb_schedule **out, nb_error *err);
/* A schedule of the caller's own: beta (T), copied; T from 2 to 100000; each beta from 2^-24 to below 1, and the last one 1 too.
 * NB_ERR_ARGUMENT names the first that is not, and where else alpha_bar reaches 0 in float. */
nb_status nb_schedule_from_beta(int T, const double *beta, nb_schedule **out, nb_error *err);
/* s with zero terminal SNR (Lin et al. 2023, algorithm 1): sqrt(alpha_bar) is shifted, so that it ends at 0, and scaled, so
 * that it begins where it did; beta_{T-1} becomes 1. x_{T-1} is then noise alone: from predicted noise x_0 cannot be told there,
 * so that samplers refuse models of NB_OBJECTIVE_EPS, and NB_SQRT_RECIP_ALPHA is infinite at T-1. NB_ERR_ARGUMENT where alpha_bar
 * reaches 0 in float before. */
nb_status nb_schedule_rescale(const nb_schedule *s, nb_schedule **out, nb_error *err);
void nb_schedule_destroy(nb_schedule *s);
int nb_schedule_T(const nb_schedule *s); /* 0 for NULL */
nb_schedule_kind
nb_schedule_kind_of(const nb_schedule *s);              /* NB_SCHEDULE_OWN for betas of the caller's own */
const double *nb_schedule_beta64(const nb_schedule *s); /* beta_t before rounding, (T), owned by s */
const float *nb_schedule_table(const nb_schedule *s, nb_table table); /* (T), owned by s; NULL for no table */

/* ---- Forward noising and loss -------------------------------------------------------------------------- */

/* x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps (DDPM eq. 4). x_0, eps, x_t: (n, d); t: (n),
 * 0..T-1. x_t may be x_0 or eps. NB_ERR_ARGUMENT if a t is outside 0..T-1. */
nb_status nb_q_sample(const nb_schedule *s, size_t n, size_t d, const float *x_0, const int32_t *t,
                      const float *eps, float *x_t, nb_error *err);
/* Mean squared error over count numbers, summed in double; d_pred, (count) or NULL, gets its gradient
 * 2 (pred - target) / count. */
double nb_mse(size_t count, const float *pred, const float *target, float *d_pred);
/* That gradient for n of the count numbers, from pred[0] and target[0] on. */
void nb_mse_gradient(size_t count, size_t n, const float *pred, const float *target, float *d_pred);

/* The exact score grad log p_t(x) of the data set noised to timestep t, a mixture of Gaussians around its points (Song et
 * al. 2021): -sqrt(1 - alpha_bar_t) times it is the noise that a perfect network predicts. data (n, 2), x and out
 * (m, 2). */
nb_status nb_exact_score(const nb_schedule *s, int t, size_t n, const double *data, size_t m, const double *x,
                         double *out, nb_error *err);

/* ---- Engine: kernels and threads ----------------------------------------------------------------------- */

typedef enum nb_mode {
    NB_MODE_EXACT, /* the same bits everywhere */
    NB_MODE_FAST   /* fused multiply-add where the machine has it: faster, last digits differ */
} nb_mode;

typedef struct nb_engine nb_engine;

/* threads: 1..64 (1 where there are none: a build without pthreads). kernels: NULL for the best this machine
 * runs, or one of nb_kernel_names; NB_ERR_ARGUMENT if this machine cannot run it. */
nb_status nb_engine_create(nb_mode mode, int threads, const char *kernels, nb_engine **out, nb_error *err);
void nb_engine_destroy(nb_engine *engine);
int nb_engine_threads(const nb_engine *engine);
const char *nb_engine_kernels(const nb_engine *engine);
/* The kernel variants this machine can run, slowest first: how many there are, and the first `capacity`
 * names. */
size_t nb_kernel_names(const char **names, size_t capacity);

/* ---- Models -------------------------------------------------------------------------------------------- */

typedef enum nb_model_kind {
    NB_SIMPLE_NOISE_PREDICTOR, /* "simple-noise-predictor", exercise 4: points and t / T */
    NB_MINI_UNET,              /* "mini-unet", exercise 7: images and t */
    NB_SIMPLE_UNET,            /* "simple-unet", the companion's: images and t */
    NB_CONDITIONAL_UNET,       /* "conditional-unet", the companion's: images, t and labels */
    NB_CONDITIONAL_DIFFUSION,  /* "conditional-diffusion", exercise 10: points, t / T and labels */
    NB_NETWORK                 /* "network": any other, of nb_model_build */
} nb_model_kind;
#define NB_MODEL_KINDS 5 /* of which nb_model_create knows the networks */

/* A kind reads its own sizes and ignores the others. */
typedef struct nb_model_config {
    nb_model_kind kind;
    int input_dim;   /* numbers in a point: 1..1024; 2 in the course */
    int hidden_dim;  /* of the networks for points: 1..4096 (with classes 1..2048); 128 in the course */
    int time_dim;    /* for points 1..1024, 32 in the course; mini-unet an even 2..1024, 128 in the course */
    int max_batch;   /* most samples a backward pass can take: 1..65536 */
    int in_channels; /* of an image: 1 or 3 */
    int base_channels; /* mini-unet a multiple of 8 to 256, 32 in the course; else 1..256, 64 in the course */
    int image_height, image_width; /* mini-unet multiples of 4 to 256; else 1..256 */
    int n_classes;                 /* 1..1000; 10 (conditional-unet) and 3 in the course */
    int attention; /* mini-unet: 1 for self-attention at the smallest size (images to 64x64), 0 as in the course */
} nb_model_config;

/* The course's sizes; max_batch 128 for points, 32 for images. Names as above, NULL for no kind. */
nb_model_config nb_model_default(nb_model_kind kind);
const char *nb_model_kind_name(nb_model_kind kind);
/* The sizes that a kind takes, named as the fields of nb_model_config; NULL past the last. */
const char *nb_model_size_name(nb_model_kind kind, int index);
/* NB_ERR_ARGUMENT for a name that is none of the above (err lists them). */
nb_status nb_model_kind_find(const char *name, nb_model_kind *out, nb_error *err);

/* How PyTorch has the numbers of a value, after the batch. */
typedef enum nb_axes {
    NB_FEATURES, /* (features) */
    NB_TOKENS,   /* (tokens, features) */
    NB_SERIES,   /* (channels, length) */
    NB_IMAGE     /* (channels, height, width) */
} nb_axes;

/* What a network is given for n samples. */
typedef struct nb_inputs {
    const float *x; /* (n, nb_model_sample_size) */
    const float *t; /* (n); NULL for a network without t */
    const int32_t *
        labels; /* (n) of 0..classes, which means no class; NULL: no class everywhere, and for a network without */
    const float *cond; /* (n, nb_model_cond_size): its further inputs, one after the other; NULL without */
} nb_inputs;

/* ---- Networks: what is written down, in the order of PyTorch's __init__ and forward ---------------------- */

/* A network as a list of inputs, modules, steps and outputs. Modules, then values, are numbered from 0; a function that makes
 * one returns its number. A call that cannot do what it is asked for returns -1 and changes nothing but this: the network keeps
 * the first such failure, later calls do nothing, nb_network_check says what it was, and nb_model_build refuses. */
typedef struct nb_network nb_network;

typedef enum nb_input_kind {
    NB_INPUT_X,        /* what is denoised, of any shape: each network has one */
    NB_INPUT_TIMESTEP, /* t, one number */
    NB_INPUT_FRACTION, /* t / T, one number */
    NB_INPUT_LABELS, /* a class; shape is (classes): the number of classes, beyond which there is "no class" */
    NB_INPUT_COND,   /* further numbers or pictures, of any shape */
    NB_INPUT_TOKENS  /* whole numbers: shape is (length, vocabulary) */
} nb_input_kind;
#define NB_INPUT_KINDS 6
/* "x", "timestep", "fraction", "labels", "cond", "tokens"; NULL for no kind. */
const char *nb_input_kind_name(nb_input_kind kind);

nb_status nb_network_create(nb_network **out, nb_error *err);
void nb_network_destroy(nb_network *net);
/* What went wrong first, or NB_OK. */
nb_status nb_network_check(const nb_network *net, nb_error *err);

/* A value that comes from outside; axes and shape (rank numbers, each 1..2^20) say what it is; no shape for t. */
int nb_network_input(nb_network *net, const char *name, nb_input_kind kind, nb_axes axes, size_t rank,
                     const int *shape);
/* A module: name is its path in PyTorch's state_dict, such as "down1.conv1" (letters, digits, "_", "-" and ".", as in all names
 * here, at most 100 of them); kind PyTorch's class, such as "Conv2d"; settings its arguments as "in_channels=1 out_channels=32
 * kernel_size=3", those left out being what PyTorch takes. Initial weights are drawn in the order of these calls. */
int nb_network_module(nb_network *net, const char *name, const char *kind, const char *settings);
/* The value that a module makes of n values. */
int nb_network_apply(nb_network *net, int module, size_t n, const int *values);
/* The same for a function, which has no name: "cat", "add", "attention", ... and every module without weights. */
int nb_network_call(nb_network *net, const char *kind, const char *settings, size_t n, const int *values);
/* What is called from here to nb_network_leave stands in the forward of module `name`, of class `of`, which returns `value`
 * (-1: none). Nothing is computed otherwise: it is how the network is written out and drawn. */
void nb_network_enter(nb_network *net, const char *name, const char *of);
void nb_network_leave(nb_network *net, int value);
/* Gives a value a name, by which nb_model_activation finds it. */
void nb_network_name(nb_network *net, const char *name, int value);
/* A value that the network gives; several are laid one after the other, sample by sample. */
void nb_network_output(nb_network *net, const char *name, int value);

size_t nb_network_values(const nb_network *net);
/* PyTorch's shape, without the batch. */
typedef struct nb_value_shape {
    nb_axes axes;
    int rank;
    int shape[3];
} nb_value_shape;
nb_value_shape nb_network_shape(const nb_network *net, size_t index); /* index < nb_network_values */

/* What a network can be made of: the layers by number, in the order of their table. */
typedef struct nb_layer_info {
    const char *name;     /* PyTorch's, of the module or the function; NULL past the last */
    int inputs, optional; /* values that it reads; of them, the last ones that may be left out */
    bool weights;         /* whether it has any: then it is no function */
} nb_layer_info;
nb_layer_info nb_layer_describe(int index);
/* A number that a layer takes by name, as PyTorch's module or function does. */
typedef struct nb_setting {
    const char *name;
    double least, most;
    double given; /* what it is where none is given; NAN: it must be */
    bool real;    /* not only whole numbers */
    const char
        *words; /* what 0, 1, ... are called in PyTorch, with a space between; NULL: they are numbers */
} nb_setting;
/* In PyTorch's order; NULL past the last, and for a layer that is none. */
const nb_setting *nb_layer_setting(int layer, int index);

/* A network as text, a line for each call, and back; *out is malloc'ed for the caller, size bytes without the 0 that ends it.
 * NB_ERR_FORMAT, with the line's number, for a text that is none. */
nb_status nb_network_write(const nb_network *net, uint8_t **out, size_t *size, nb_error *err);
nb_status nb_network_read(const char *text, nb_network **out, nb_error *err);

/* A network as a static graph of layers. All its memory is taken here; forward and backward take none. */
typedef struct nb_model nb_model;

typedef struct nb_param_info {
    const char *name; /* PyTorch's state_dict name, such as "net.0.weight" */
    int rank;
    int shape[4]; /* PyTorch's: a linear layer's weight is (out, in), a convolution's (out, in, k, k) */
    size_t count;
} nb_param_info;

/* init: PyTorch's generator, from which the initial weights are drawn in module order: kaiming_uniform_ with
 * a = sqrt(5) as nn.Linear and nn.Conv2d do, N(0, 1) as nn.Embedding, 1 and 0 as nn.GroupNorm. NB_ERR_ARGUMENT
 * for a size that the kind does not take. */
nb_status nb_model_create(const nb_engine *engine, const nb_model_config *config, nb_rng *init,
                          nb_model **out, nb_error *err);
/* A model of any network, which is copied. NB_ERR_ARGUMENT for one without x, without an output, or with weights that are not
 * used; NB_ERR_MEMORY with the figure. */
nb_status nb_model_build(const nb_engine *engine, const nb_network *net, int max_batch, nb_rng *init,
                         nb_model **out, nb_error *err);
void nb_model_destroy(nb_model *model);
/* The network of any model, as nb_network_write gives it. */
nb_status nb_model_describe(const nb_model *model, uint8_t **out, size_t *size, nb_error *err);
nb_model_config nb_model_get_config(const nb_model *model);

size_t nb_model_params(const nb_model *model);                          /* how many tensors */
size_t nb_model_param_count(const nb_model *model);                     /* how many numbers in all */
nb_param_info nb_model_param_info(const nb_model *model, size_t index); /* index < nb_model_params */
void nb_model_get_param(const nb_model *model, size_t index, float *out);
void nb_model_set_param(nb_model *model, size_t index, const float *values);
void nb_model_get_grad(const nb_model *model, size_t index, float *out); /* of the last backward pass */

size_t nb_model_sample_size(const nb_model *model); /* numbers in a sample x */
size_t nb_model_cond_size(const nb_model *model);   /* numbers that all further inputs take for a sample */
size_t nb_model_output_size(
    const nb_model *model); /* numbers of a sample's outputs; as many as x, where it is denoised */
nb_value_shape nb_model_sample_shape(const nb_model *model);
bool nb_model_takes_t(const nb_model *model);        /* false for a network that is not told the time */
bool nb_model_takes_fraction(const nb_model *model); /* whether it takes t / T, or the timestep t itself */
int nb_model_classes(const nb_model *model);   /* n_classes, 0 without; label n_classes means no class */
size_t nb_model_memory(const nb_model *model); /* bytes it holds; Adam holds two floats a parameter more */

/* Timesteps as the model takes them: t / T in float if nb_model_takes_fraction, else t. out (n). NB_ERR_ARGUMENT for a
 * timestep outside 0..T-1. */
nb_status nb_model_times(const nb_model *model, int T, size_t n, const int32_t *timesteps, float *out,
                         nb_error *err);

/* eps = model(x, t, labels), for any n. x, eps: (n, input_dim) for points, (n, in_channels, image_height,
 * image_width) for images; t (n): what PyTorch's forward takes (see nb_model_takes_fraction). labels: (n) of
 * 0..n_classes, or NULL for no class everywhere, and for a model without classes. NB_ERR_ARGUMENT for a label out
 * of range, labels that the model has no use for, and a t that is none: a fraction is 0 to 1, a timestep 0 to 99999 (also
 * between whole ones, as the sinusoidal embedding is defined there). */
nb_status nb_model_forward(nb_model *model, size_t n, const float *x, const float *t, const int32_t *labels,
                           float *eps, nb_error *err);
/* What layers draw in training (Dropout), for the next pass of n samples that a backward pass can follow: the numbers that PyTorch's
 * forward draws, layer after layer. Without this call such a layer lets all through, as it does in nb_model_predict and in sampling.
 * NB_ERR_SHAPE for more than max_batch samples. The trainer calls it at every step. */
nb_status nb_model_draw(nb_model *model, size_t n, nb_rng *rng, nb_error *err);
bool nb_model_draws(const nb_model *model); /* whether it has such a layer */
/* Gradients of every parameter, given d_eps (as eps), for the n samples of the last forward pass: NB_ERR_SHAPE if n
 * differs or exceeds max_batch, or if the weights have changed since (load, set_param, a step). Replaces the last gradients.
 * d_x: as x, or NULL. */
nb_status nb_model_backward(nb_model *model, size_t n, const float *d_eps, float *d_x, nb_error *err);
/* Forward and backward with all that a network can take and give: out, d_out (n, nb_model_output_size), d_x and d_cond as in x
 * and cond, or NULL. NB_ERR_ARGUMENT also for an input that is missing and for a token that is none of its vocabulary. */
nb_status nb_model_run(nb_model *model, size_t n, const nb_inputs *inputs, float *out, nb_error *err);
/* The same numbers, faster for images; a backward pass needs a forward pass of its own after this. */
nb_status nb_model_predict(nb_model *model, size_t n, const nb_inputs *inputs, float *out, nb_error *err);
nb_status nb_model_run_back(nb_model *model, size_t n, const float *d_out, float *d_x, float *d_cond,
                            nb_error *err);

/* ---- Looking into a model: values between input and output, by name: "down1", "bottleneck", ... ---- */

typedef struct nb_activation_info {
    const char *name; /* of the layer or block that makes it, as in the course's __init__ */
    int rank;         /* 1: (features); 3: (channels, height, width) */
    int shape[3];
    size_t count;
} nb_activation_info;

size_t nb_model_activations(const nb_model *model); /* how many values have a name */
nb_activation_info nb_model_activation_info(const nb_model *model,
                                            size_t index); /* in the order of forward */
/* The named value as a forward pass makes it, which stops there. in: as nb_model_run takes it; out: (n,
 * count). NB_ERR_ARGUMENT for an index or a label out of range. A backward pass needs a forward pass of its own after
 * this. */
nb_status nb_model_activation(nb_model *model, size_t index, size_t n, const nb_inputs *inputs, float *out,
                              nb_error *err);
/* false: the skip connections of mini-unet carry zeros, in every forward pass until they are on again, to see what they
 * are for. Until then nb_model_backward and nb_trainer_step refuse. NB_ERR_ARGUMENT for a model without. */
nb_status nb_model_set_skips(nb_model *model, bool on, nb_error *err);

/* What a network that denoises predicts, of x = signal x_0 + noise eps with signal = sqrt(alpha_bar), noise = sqrt(1 - alpha_bar). Each of
 * them gives the others:
 *
 *   v = signal eps - noise x_0;  x_0 = signal x - noise v;  eps = noise x + signal v (Salimans and Ho 2022, appendix D) */
typedef enum nb_objective {
    NB_OBJECTIVE_EPS, /* "eps": the noise (Ho et al. 2020) */
    NB_OBJECTIVE_X0,  /* "x0": the data */
    NB_OBJECTIVE_V,   /* "v" */
    NB_OBJECTIVE_FLOW /* "flow": the velocity eps - x_0 along the straight line x_t = (1 - t) x_0 + t eps, t from 0 to 1 (Lipman et
                         al. 2023; Liu, Gong and Liu 2023): x_0 = x_t - t v, eps = x_t + (1 - t) v. It has no schedule and no T: where others take
                         one, it takes NULL. Networks are given t, or 1000 t where they take timesteps */
} nb_objective;
#define NB_OBJECTIVES 4
const char *nb_objective_name(nb_objective objective); /* NULL for a number that is none */
/* NB_ERR_ARGUMENT for a name that is none of the above (err lists them). */
nb_status nb_objective_find(const char *name, nb_objective *out, nb_error *err);
/* What a network of that objective should predict of each of n samples of d numbers at timestep t[i], 0..T-1: x_0, eps, out (n, d); out
 * may be either. NB_ERR_ARGUMENT for a timestep out of range, an objective that is none, and "flow", whose target eps - x_0 asks for no t. */
nb_status nb_objective_target(const nb_schedule *s, nb_objective objective, size_t n, size_t d,
                              const float *x_0, const int32_t *t, const float *eps, float *out,
                              nb_error *err);

/* What a model's weights were trained for; {0}: nothing is known. A model keeps it, and its files carry it. The trainer
 * writes it down at every step, and loading replaces it by what the file says (nothing, if that has no record); setting
 * parameters leaves it. */
typedef struct nb_training {
    int T;                       /* timesteps of the schedule, 2..100000; 0: the schedule is not known */
    nb_schedule_kind schedule;   /* NB_SCHEDULE_OWN for betas of the caller's own */
    double beta_start, beta_end; /* 0 where the kind does not take them */
    bool zero_terminal_snr;      /* alpha_bar is 0 at T-1 (nb_schedule_rescale) */
    uint32_t beta_crc;           /* CRC-32 of the betas as T floats: two schedules are the same where it is */
    bool has_seed, has_range;    /* whether the fields below are known */
    uint32_t seed;               /* of the generator that training drew from */
    float data_min, data_max;    /* over all numbers of the data, data_min < data_max */
    int64_t steps;               /* of training, in all; 0: not known */
    nb_objective objective; /* what the network predicts, for whoever samples; eps where nothing is known */
} nb_training;

nb_training nb_model_get_training(const nb_model *model);
/* NB_ERR_ARGUMENT for a field out of range. */
nb_status nb_model_set_training(nb_model *model, const nb_training *training, nb_error *err);
/* For a training loop of one's own: what the trainer would note after `steps` steps on these n samples (as
 * nb_model_forward takes them; NULL: the range is not known) with draws from rng (NULL: the seed is not known).
 * NB_ERR_NONFINITE for data that is not finite; NB_ERR_ARGUMENT unless the schedule is NULL for "flow", and for it alone. */
nb_status nb_model_note_training(nb_model *model, const nb_schedule *schedule, nb_objective objective,
                                 const nb_rng *rng, size_t n, const float *data, int64_t steps,
                                 nb_error *err);

/* Weights as a safetensors file in memory, PyTorch's names and layout, float32. *out is malloc'ed for the caller.
 * NB_ERR_NONFINITE if a weight is not finite.
 *
 * The header's __metadata__ (which PyTorch's reader passes over) is the model's record, names and values being strings:
 * "format" is "pt"; "noisebook" the record's version, "1"; "model" the kind, and each of its sizes by its name in
 * nb_model_config but max_batch; of a network (NB_NETWORK) "network", and "graph", its text (nb_network_write); "objective" what it predicts, a name of nb_objective; and as far as nb_training knows them "schedule" (a name, or "own"), "T",
 * "beta_start", "beta_end", "beta_crc" (8 hexadecimal digits), "seed", "steps", "data_min", "data_max". Numbers are as C
 * prints them: the betas with 15 digits, the range with the 9 that give it back. */
nb_status nb_model_save(const nb_model *model, uint8_t **out, size_t *size, nb_error *err);
/* Strict: every tensor must be there with its shape and no other. float32; also float16, bfloat16 and float64, whose
 * numbers become float32 (NB_ERR_NONFINITE beyond its range). A record that is missing or damaged counts as none.
 * The model changes only if all of it fits. */
nb_status nb_model_load(nb_model *model, const uint8_t *file, size_t size, nb_error *err);
/* The model that a file holds the weights of, with these: a network by its graph, else as nb_model_kind_of and
 * nb_model_config_of tell. NB_ERR_FORMAT for a graph that is damaged. */
nb_status nb_model_open(const nb_engine *engine, const uint8_t *file, size_t size, int max_batch,
                        nb_model **out, nb_error *err);
/* The sizes of the model whose weights a safetensors file holds. max_batch is left at its default, and without a
 * record so are the height and width of images, which do not show in weights. */
nb_status nb_model_config_of(nb_model_kind kind, const uint8_t *file, size_t size, nb_model_config *out,
                             nb_error *err);
/* The kind of that model, by its record or else by the names of its tensors. */
nb_status nb_model_kind_of(const uint8_t *file, size_t size, nb_model_kind *out, nb_error *err);
/* What its weights were trained for: {0} without a record. */
nb_status nb_training_of(const uint8_t *file, size_t size, nb_training *out, nb_error *err);

/* ---- Adam ---------------------------------------------------------------------------------------------- */

/* Kingma and Ba 2015, in PyTorch's order of operations; first moments that become subnormal are set to zero.
 */
typedef struct nb_adam nb_adam;

/* lr > 0, 0 <= beta1, beta2 < 1, eps > 0. PyTorch's defaults: 1e-3, 0.9, 0.999, 1e-8. */
nb_status nb_adam_create(nb_model *model, double lr, double beta1, double beta2, double eps, nb_adam **out,
                         nb_error *err);
void nb_adam_destroy(nb_adam *adam);
nb_status nb_adam_set_lr(nb_adam *adam, double lr, nb_error *err);
/* One step with the gradients of the last backward pass; as PyTorch's, it does nothing before there was one.
 * NB_ERR_NONFINITE if a gradient is not finite (or beyond 1e18, which Adam cannot square) or a weight would not be:
 * weights, moments and step count stay as they were. */
nb_status nb_adam_step(nb_adam *adam, nb_error *err);

/* The moments and the step count as a safetensors file; the learning rate stays with the caller. *out is malloc'ed for
 * the caller. Loading it beside the model's weights continues with the same bits; it changes nothing unless all fits. */
nb_status nb_adam_save(const nb_adam *adam, uint8_t **out, size_t *size, nb_error *err);
nb_status nb_adam_load(nb_adam *adam, const uint8_t *file, size_t size, nb_error *err);

/* ---- Training (DDPM algorithm 1) ----------------------------------------------------------------------- */

typedef struct nb_trainer nb_trainer;

/* How much a squared error counts at timestep t, SNR being alpha_bar / (1 - alpha_bar). All but "one" weigh the error of the noise, whatever
 * is predicted: an error of x_0 is one of the noise SNR times as large (squared), one of v one alpha_bar times as large. */
typedef enum nb_loss_weight {
    NB_WEIGHT_ONE, /* "one": 1, of what is predicted (of the noise: Ho et al. 2020, eq. 14) */
    NB_WEIGHT_MIN_SNR, /* "min-snr": min(SNR, limit) / SNR (Hang et al. 2023): less where there is hardly any noise */
    NB_WEIGHT_V /* "v": min(1 + 1 / SNR, limit): as if v were predicted (Salimans and Ho 2022), more where there is
                          hardly any signal */
} nb_loss_weight;
#define NB_LOSS_WEIGHTS 3
const char *nb_loss_weight_name(nb_loss_weight weight); /* NULL for a number that is none */
/* NB_ERR_ARGUMENT for a name that is none of the above (err lists them). */
nb_status nb_loss_weight_find(const char *name, nb_loss_weight *out, nb_error *err);

/* What turns gradients into steps. */
typedef enum nb_optimizer {
    NB_OPTIMIZER_ADAM, /* "adam", as PyTorch's with its defaults */
    NB_OPTIMIZER_MUON /* "muon" (Jordan et al. 2024): a linear or convolution weight with 16 rows and columns or more, as the matrix (out, the
                         rest), moves along its momentum (0.95, Nesterov's) with all singular values made about 1, entries being about 0.2
                         lr (Liu et al. 2025); all else by Adam */
} nb_optimizer;
#define NB_OPTIMIZERS 2
const char *nb_optimizer_name(nb_optimizer optimizer); /* NULL for a number that is none */
/* NB_ERR_ARGUMENT for a name that is none of the above (err lists them). */
nb_status nb_optimizer_find(const char *name, nb_optimizer *out, nb_error *err);

/* What is left zero is off: {batch, lr} trains as the course does without labels. */
typedef struct nb_train_config {
    int batch;             /* 1..max_batch of the model; the last batch of an epoch may be smaller */
    double lr;             /* Adam's step size, > 0 */
    const int32_t *labels; /* (n) of 0..n_classes-1, copied; NULL: none, or no class everywhere */
    const float
        *cond; /* (n, nb_model_cond_size), finite, copied: each sample's further inputs; NULL without */
    const float *
        noise; /* as data, finite, copied: each sample's own noise, for pairs (x_0, noise) that belong together, as
                           reflow's do (Liu, Gong and Liu 2023, 2.2); NULL: drawn anew in every step */
    double label_dropout; /* 0..1: how likely a label becomes no class in a step; needs labels */
    double ema_decay;     /* 0 < d < 1 keeps a moving average of the weights: nb_trainer_use_ema */
    bool keep_order;      /* no shuffling, as in exercise 8: no permutation is drawn */
    bool
        stratified; /* one torch.rand u a step in place of the timesteps' draws: sample i of n gets (u + i / n) mod 1
                        of T (Kingma et al. 2021, I.1) */
    int warmup; /* steps, from 0: step s of them takes s / warmup of lr */
    int decay_steps; /* steps in all, above warmup: from the warm-up's end on the step size falls along half a cosine, and
                        stays at lr_end of lr; 0: no decay (as PyTorch's LinearLR, then CosineAnnealingLR) */
    double lr_end; /* 0..1, read with decay_steps */
    nb_optimizer optimizer;
    nb_objective objective; /* what the model is to predict */
    nb_loss_weight
        loss_weight; /* of each sample's squared error; the losses that are reported are without; "one" for a flow */
    double weight_limit; /* its limit, > 0; not read with NB_WEIGHT_ONE */
    const float *
        weights; /* (T of the schedule), 0..1e6, not all 0, copied: what the squared error of what is predicted counts at
                     each timestep; with NB_WEIGHT_ONE only, and not for a flow; NULL: by loss_weight */
} nb_train_config;

/* How a program for PyTorch trains and samples, as in nb_train_config and nb_sample_config: what weights do not say. */
typedef struct nb_program {
    int epochs, batch;
    double lr;
    int warmup, decay_steps;
    double ema_decay, label_dropout;
    nb_optimizer optimizer;
    size_t held_out; /* the last samples of the data, which it does not train on */
    int samples;     /* drawn at the end, by DDIM or, of a flow, by Euler's method; 0: none */
    int steps;
    double eta, guidance_scale;
    uint32_t sampling_seed;
} nb_program;

/* The network as a program for PyTorch (1.13 or later), whose last class is the model's; weights of nb_model_save load into it
 * strictly. It trains by what the weights were trained for, and by `how`: then it begins anew, with the weights that the seed
 * gives. NULL: by lab.Trainer's defaults, going on from the file's weights. *out is malloc'ed for the caller. NB_ERR_ARGUMENT for a
 * layer that PyTorch has no form of here. */
nb_status nb_model_export_pytorch(const nb_model *model, const nb_program *how, uint8_t **out, size_t *size,
                                  nb_error *err);

/* A way to train one of the course's data sets. */
typedef struct nb_recipe {
    /* "swiss-roll" (exercises 5 and 6), "shapes" (8 and 9), "classes" (10), "scenes" (15), "digits" (the companion) */
    const char *data;
    /* "notebook", as the course does; "best", the best that was found; "quick", the best of a few minutes */
    const char *name;
    const char *schedule; /* by its name in the table of schedules, T steps */
    const char *method;   /* the sampler's, by its name */
    const char *optimizer;
    const char *objective;
    const char *loss_weight;
    double weight_limit; /* of it */
    double lr;
    double ema_decay;
    double warmup; /* the part of all steps that the learning rate rises for */
    double eta;    /* DDIM's */
    float low;     /* what the data's values of 0 become; 0 for points, which stay as they are */
    float high;    /* those of 1; 1 for points */
    int T;
    int epochs;
    int batch;
    int steps;       /* of the sampler; 0 for T */
    bool keep_order; /* of nb_train_config */
    bool stratified; /* likewise */
    bool decay;      /* over all steps, to 0 */
    bool clip;       /* whether predicted x_0 are clipped to the data's range */
} nb_recipe;

/* The table of them; NULL past the last. */
const nb_recipe *nb_recipe_describe(int index);
/* Its index. NB_ERR_ARGUMENT for a name that is none (err lists them) and for data without recipes. */
nb_status nb_recipe_find(const char *data, const char *name, int *out, nb_error *err);
/* What a trainer of n samples is made with for so many epochs of batches of so many: all but labels and further inputs. */
nb_train_config nb_recipe_config(const nb_recipe *recipe, size_t n, int batch, int epochs);

typedef struct nb_train_report {
    double loss;       /* of this step */
    double epoch_loss; /* mean of the step losses of this epoch so far */
    int64_t step;      /* steps taken in all */
    int32_t epoch;     /* epochs completed */
    int32_t in_epoch;  /* steps taken in the current epoch; 0 just after an epoch's last */
    int32_t per_epoch; /* steps an epoch has */
    int32_t epoch_end; /* 1 if this step was the last of its epoch */
} nb_train_report;

/* data: n samples as nb_model_forward takes them; copied. rng: PyTorch's generator; each epoch draws a permutation (but for
 * keep_order), each step then draws timesteps from 0..T-1 (or one number, if stratified) and noise (unless it is given), as the course's loop does; and last, only if
 * label_dropout > 0, one torch.rand a sample, whose label is dropped where it is below label_dropout. For the objective "flow" schedule is NULL, and t
 * is one torch.rand a sample. */
nb_status nb_trainer_create(nb_model *model, const nb_schedule *schedule, nb_rng *rng, const float *data,
                            size_t n, const nb_train_config *config, nb_trainer **out, nb_error *err);
void nb_trainer_destroy(nb_trainer *trainer);
/* One step. NB_ERR_NONFINITE if the loss or its gradient is not finite (or beyond 1e18, which Adam cannot square): the
 * weights stay as they were before it. A backward pass needs a forward pass of its own after this. */
nb_status nb_trainer_step(nb_trainer *trainer, nb_train_report *report, nb_error *err);
nb_status nb_trainer_set_lr(nb_trainer *trainer, double lr, nb_error *err); /* that of config */
/* The exponential moving average of the weights starts as a copy of the initial ones. After step s (1, 2, ...) it is
 * ema + (1 - d) (w - ema), in float, with d = min(ema_decay, (1 + s) / (10 + s)): the warm-up lets it forget the initial
 * weights. true puts it into the model (to sample from, or to save) and keeps the trained weights aside, false puts
 * these back with the same bits; either may be repeated. Until then the model's weights are not to be set, and
 * nb_trainer_step refuses with NB_ERR_ARGUMENT. Destroying the trainer leaves the model as it is. NB_ERR_ARGUMENT for a
 * trainer without ema_decay. */
nb_status nb_trainer_use_ema(nb_trainer *trainer, bool on, nb_error *err);
/* Weights, their average ("ema.<name>", if there is one), moments, generator and position in the epoch as a safetensors file,
 * the same whether nb_trainer_use_ema is on or not. Loading it into a trainer made with the same sizes, data and config
 * (both without ema_decay or both with it) continues with the same bits, the trained weights being in the model.
 * *out is malloc'ed for the caller. */
nb_status nb_trainer_save(const nb_trainer *trainer, uint8_t **out, size_t *size, nb_error *err);
nb_status nb_trainer_load(nb_trainer *trainer, const uint8_t *file, size_t size, nb_error *err);

/* The loss by noise level: out[k] = the mean of |eps - eps_theta(x_t, t)|^2 over all numbers of n validation samples noised to
 * t = timesteps[k], eps_theta being the noise that follows from what the model predicts (nb_training). x_0, eps: as nb_model_forward takes x; eps is the noise, the same at every level, or NULL for
 * torch.randn of a generator of its own, seeded with seed: no other generator is touched. labels: (n) or NULL, as
 * nb_model_forward takes them. cond: (n, nb_model_cond_size), finite, or NULL without. timesteps, out: (levels). Needs memory for a batch, and for eps where it is NULL.
 * NB_ERR_NONFINITE names the timestep whose loss is not finite; NB_ERR_ARGUMENT for a flow's network, which has no timesteps. A backward
 * pass needs a forward pass of its own after this. */
nb_status nb_loss_by_level(nb_model *model, const nb_schedule *schedule, size_t n, const float *x_0,
                           const int32_t *labels, const float *cond, size_t levels, const int32_t *timesteps,
                           uint32_t seed, const float *eps, double *out, nb_error *err);

/* ---- Sampling ------------------------------------------------------------------------------------------ */

typedef enum nb_variance {
    NB_VARIANCE_POSTERIOR, /* "posterior": beta_t (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t) */
    NB_VARIANCE_BETA,      /* "beta": beta_t */
    NB_VARIANCE_ZERO       /* "zero": only the mean, deterministic given x_T */
} nb_variance;
#define NB_VARIANCES 3

/* Methods are numbered as in the one table of them (diffusion/method.c), which nb_method_describe reads and
 * nb_method_find searches; these are those that have a name in C. */
typedef enum nb_method {
    NB_DDPM,             /* "ddpm": Ho et al. 2020, algorithm 2 */
    NB_DDIM,             /* "ddim": Song, Meng and Ermon 2021, eq. 12: first order in the number of steps */
    NB_DPM_SOLVER_PP_2M, /* "dpm-solver++": (2M), Lu et al. 2022b, algorithm 2: second order; deterministic */
    NB_PNDM,             /* "plms": PNDM's linear multistep (Liu et al. 2022, eq. 11 and 12); deterministic */
    NB_EULER,            /* "euler": of a flow, dx/dt = v; first order */
    NB_HEUN              /* "heun": likewise, second order: two evaluations a step */
} nb_method;

/* A sampling method. The strings last for ever. */
typedef struct nb_method_info {
    const char *name;       /* as options spell it: "dpm-solver++" */
    const char *identifier; /* as code does: "DPMSolver" */
    const char *title;      /* as papers do: "DPM-Solver++(2M)" */
    const char *source;     /* where it is from */
    int looks_back;         /* how many earlier evaluations of the model a step reads */
    int evaluations;        /* of the model in a step */
    bool
        flow; /* it takes a network that predicts a flow's velocity, and no schedule; the others refuse one */
    bool takes_eta, takes_variance; /* which options of nb_sample_config are its own: others refuse them */
    bool draws; /* it draws noise at every step but the last, whatever its weight; the others draw nothing */
    bool clips; /* NB_CLIP_AUTO clips */
    bool inverts; /* without noise it goes up a rising list of timesteps too */
} nb_method_info;

typedef struct nb_variance_info {
    const char *name;
    const char *formula; /* in one line of plain text */
} nb_variance_info;

/* NULL for a number that is no method, so from the end of the table on. */
const nb_method_info *nb_method_describe(nb_method method);
const char *nb_method_name(nb_method method); /* its name alone, likewise */
/* NB_ERR_ARGUMENT for a name that is none of them (err lists them). */
nb_status nb_method_find(const char *name, nb_method *out, nb_error *err);
const nb_variance_info *nb_variance_describe(nb_variance variance); /* all likewise */
const char *nb_variance_name(nb_variance variance);
nb_status nb_variance_find(const char *name, nb_variance *out, nb_error *err);

/* To which range each predicted x_0 is clipped, eps being made to fit it.
 *
 * Where sqrt(alpha_bar) of the first timestep is almost 0, as with the cosine schedules (5e-5 at T = 1000), x_0 is a
 * difference divided by almost nothing, and the first step of a method that trusts it enlarges the network's error: of
 * exercise 5's network 20 steps of PLMS end at a sliced Wasserstein distance of 17, of DPM-Solver++ of 2.2, of DDIM of
 * 0.8; clipped, at 0.1 to 0.2 (DDPM in 1000 steps: 0.06 to 0.12). */
typedef enum nb_clip {
    NB_CLIP_AUTO, /* as NB_CLIP_DATA if the method is one that clips and the model knows its data's range; else off */
    NB_CLIP_OFF, /* what comes out of the formula */
    NB_CLIP_DATA, /* the range of the data that the model was trained on: NB_ERR_ARGUMENT where it is not known */
    NB_CLIP_RANGE /* clip_low to clip_high */
} nb_clip;

/* What is left out is 0: DDPM, every default. Everything pointed to is copied by nb_sampler_create. */
typedef struct nb_sample_config {
    size_t n; /* samples, 1..NB_MAX_POINTS */
    int steps; /* steps, 1..T: evenly spaced timesteps from T-1 down; 0 for T. Of a flow 1..100000; 0 for 100 */
    nb_variance variance; /* DDPM: of the noise put back at each step */
    nb_method method;
    double eta;   /* DDIM: 0..1, its noise in parts of DDPM's (sigma^2 = eta^2 posterior variance) */
    nb_clip clip; /* of each predicted x_0 */
    float clip_low, clip_high; /* with NB_CLIP_RANGE: finite, low < high */
    const int *
        timesteps; /* `steps` of them, falling strictly to 0 or above, from T-1 or, with an x_T, from any; NULL for
                       even ones from T-1. With DDIM, eta 0 and an x_T they may rise instead: see below */
    const float *
        times; /* of a flow: steps + 1 times within 0..1, all falling (noise is at 1) or all rising, from where x_T is
                              to where x ends; NULL for even ones from 1 to 0 */
    const int32_t *labels; /* (n) of 0..n_classes; NULL for no class everywhere */
    const float
        *cond; /* (n, nb_model_cond_size), finite: the further inputs, the same at every step; NULL without */
    double guidance_scale; /* w: 0 without class, 1 with, beyond 1 exaggerates; any finite number */
    bool guided;       /* eps = eps_null + w (eps_class - eps_null) (Ho and Salimans 2022); takes labels */
    bool any_schedule; /* sample by this schedule although the weights were trained for another */
} nb_sample_config;

typedef struct nb_sampler nb_sampler;

/* Draws x_T from rng (PyTorch's generator), or copies x_T (n samples as nb_model_forward takes them) if it is not NULL: x at
 * the first of the timesteps, be that T-1 or a later start, such as that of a picture noised half way (SDEdit, Meng et al. 2022).
 * Timesteps that rise turn pictures into the noise from which DDIM makes them (inversion: Song et al. 2021, section 4.3): x_T
 * is the pictures, each step takes eps at its lower end, and the sampler is done when x is at the last timestep, after steps - 1.
 * DDPM and DDIM draw noise for every step but the last, whatever its weight; rng may be NULL where x_T is given and no
 * noise is added. Guidance with w other than 0 and 1 runs both halves as one batch of 2n. NB_ERR_ARGUMENT for a number
 * out of range, a list that does neither, labels or guidance that the model has no use for, an eta or a variance
 * that is another method's, a method that cannot use what the model predicts (a flow's velocity goes with the methods of flows, without a
 * schedule: NULL; all else with the others), predicted noise at a
 * timestep without signal (nb_schedule_rescale), and, without any_schedule, for a schedule other than that which the model's weights were
 * trained for, where it is known (nb_training): err names both. */
nb_status nb_sampler_create(nb_model *model, const nb_schedule *schedule, nb_rng *rng,
                            const nb_sample_config *config, const float *x_T, nb_sampler **out,
                            nb_error *err);
void nb_sampler_destroy(nb_sampler *sampler);
/* x_t -> x at the next timestep of the list; the last step of a falling one ends at the predicted x_0 and adds no noise.
 * NB_ERR_NONFINITE names the timestep; NB_ERR_ARGUMENT if it is done already. */
nb_status nb_sampler_step(nb_sampler *sampler, nb_error *err);
int nb_sampler_t(const nb_sampler *
                     sampler); /* the timestep of x, -1 once it is done; of a flow the steps left, less one */
double nb_sampler_time(
    const nb_sampler *sampler); /* of a flow: where x is, 1 being noise; of others t / T, 0 at the end */
size_t nb_sampler_size(const nb_sampler *sampler);     /* numbers in the n samples */
const float *nb_sampler_x(const nb_sampler *sampler);  /* n samples, owned by the sampler */
const float *nb_sampler_x0(const nb_sampler *sampler); /* x_0 as predicted at the last step, likewise */
/* Whether each predicted x_0 is clipped, and to what; low and high are written only then. */
bool nb_sampler_clips(const nb_sampler *sampler, float *low, float *high);

/* log p(x_0), in nats, of what a flow makes of N(0, I) at t = 1, by the change of variables along its paths from t = 0:
 *
 *   log p(x_0) = log N(x_1; 0, I) + integral of div v(x_t, t) dt
 *
 * (Chen et al. 2018; Song et al. 2021, D.2) with the exact trace: the network's gradient by each of a sample's numbers. Heun's steps of
 * both in double, `steps` (1..100000) even ones. x: n samples as nb_model_forward takes them, of at most NB_MOST_TRACE numbers; labels, cond: likewise, or NULL; out (n). The
 * gradients of nb_model_get_grad are gone after it. NB_ERR_ARGUMENT for a network that does not predict a flow's velocity, NB_ERR_NONFINITE names
 * the sample. */
#define NB_MOST_TRACE ((size_t)64)
nb_status nb_flow_log_likelihood(nb_model *model, size_t n, const float *x, const int32_t *labels,
                                 const float *cond, int steps, double *out, nb_error *err);

/* From noise a (fraction 0) to noise b (1) along the great circle (Shoemake 1985), which keeps the length that noise has:
 * (sin((1-f) angle) a + sin(f angle) b) / sin(angle), angle between a and b. Linear where they are parallel or opposite to
 * 1e-4 or one is 0. a, b, out: (count), one sample; out may be a or b. NB_ERR_ARGUMENT
 * for a fraction that is not finite; below 0 and above 1 it goes on along the circle. */
nb_status nb_slerp(size_t count, const float *a, const float *b, double fraction, float *out, nb_error *err);

/* ---- Metrics for point sets in the plane --------------------------------------------------------------- */

/* Sliced Wasserstein-1 distance (Bonneel et al. 2015): the mean of the 1-D distances along `directions` even
 * angles pi (k + 1/2) / directions. x (n, 2), y (m, 2); n, m >= 1. */
nb_status nb_sliced_wasserstein(size_t n, const double *x, size_t m, const double *y, int directions,
                                double *out, nb_error *err);
/* Mean distance of the points x (n, 2) to a polyline (m, 2); n >= 1, m >= 2. */
nb_status nb_curve_distance(size_t n, const double *x, size_t m, const double *curve, double *out,
                            nb_error *err);

/* ---- Metrics for sets of any dimension d: x (n, d), y (m, d); at most 100000 each ------------------------- */

/* 2 E|x - y| - E|x - x'| - E|y - y'| over all pairs (Szekely and Rizzo 2013): 0 where the sets are equal. */
nb_status nb_energy_distance(size_t n, const double *x, size_t m, const double *y, size_t d, double *out,
                             nb_error *err);
/* Squared maximum mean discrepancy with a Gaussian kernel of width sigma > 0, over all pairs (Gretton et al. 2012). */
nb_status nb_mmd2(size_t n, const double *x, size_t m, const double *y, size_t d, double sigma, double *out,
                  nb_error *err);
/* For each row of x the nearest row of y: index (n) and Euclidean distance (n). */
nb_status nb_nearest(size_t n, const float *x, size_t m, const float *y, size_t d, int32_t *index,
                     double *distance, nb_error *err);
/* Precision (how many of x lie among y) and recall (how many of y lie among x) by k nearest neighbours,
 * 1 <= k < min(n, m) (Kynkaanniemi et al. 2019). */
nb_status nb_precision_recall(size_t n, const float *x, size_t m, const float *y, size_t d, int k,
                              double *precision, double *recall, nb_error *err);

/* ---- Metric for exercise 8's pictures --------------------------------------------------------------------- */

#define NB_CLEAN_SHAPE 0.85 /* a picture whose best fit is this good is a clean shape */

/* For each of n pictures images (n, 1, height, width) the shape that fits best of those that nb_data_shapes draws: its kind
 * (0 circle, 1 square, 2 triangle) and the intersection over union of its pixels and those above the threshold, from 0
 * (none fits, or no pixel is above it) to 1. kind, iou: (n); clean: the share of clean shapes. What is found is a local
 * optimum from several starts. Height and width from NB_SHAPES_LEAST_SIDE to 4096; the threshold is finite, the middle of what the pictures' values can be. */
nb_status nb_shape_fit(size_t n, int height, int width, const float *images, float threshold, int32_t *kind,
                       double *iou, double *clean, nb_error *err);

/* ---- Metrics for scenes ------------------------------------------------------------------------------------ */

/* What is to be seen in pictures (n, 3, 32, 32): objects (n, NB_SCENE_OBJECTS, NB_SCENE_NUMBERS), the largest first. */
nb_status nb_scene_fit(size_t n, const float *images, float *objects, nb_error *err);

/* What a caption can say. Place: of a single shape (thirds of the picture), or of the first to the second. */
typedef enum nb_scene_part {
    NB_PART_COUNT,
    NB_PART_SHAPE,
    NB_PART_COLOUR,
    NB_PART_SIZE,
    NB_PART_PLACE
} nb_scene_part;
#define NB_SCENE_PARTS 5

/* Whether pictures show what captions say: right (n, NB_SCENE_PARTS) is 1 for each part that is right, 0 for one that is
 * wrong, -1 for one that is not said. Objects are taken for those that the caption names in the way that makes most of it
 * right. NB_ERR_ARGUMENT for tokens out of range and a caption that names no object or more than NB_SCENE_MOST. */
nb_status nb_scene_agree(size_t n, const int32_t *tokens, const float *objects, int32_t *right,
                         nb_error *err);

/* ---- Files in memory ----------------------------------------------------------------------------------- */

typedef enum nb_dtype { NB_F32, NB_F64, NB_I32, NB_I64 } nb_dtype;

typedef struct nb_array {
    nb_dtype dtype;
    int rank; /* 0..4 */
    size_t shape[4];
    void *data; /* C order */
} nb_array;

size_t nb_array_count(const nb_array *a); /* how many numbers */
/* NumPy's .npy format, version 1.0. *out is malloc'ed for the caller. */
nb_status nb_npy_encode(const nb_array *a, uint8_t **out, size_t *size, nb_error *err);
/* out->data is malloc'ed for the caller. Little-endian f2 (which becomes NB_F32), f4, f8, i4, i8 in C order, at most 4
 * axes. */
nb_status nb_npy_decode(const uint8_t *file, size_t size, nb_array *out, nb_error *err);
/* pixels (height, width, channels), 8 bits, 1, 3 or 4 channels. *out is malloc'ed for the caller. */
nb_status nb_png_encode(int width, int height, int channels, const uint8_t *pixels, uint8_t **out,
                        size_t *size, nb_error *err);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
