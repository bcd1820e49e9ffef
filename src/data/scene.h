/* scene.h - colour pictures of a few shapes, and the captions that say what is in them. */
#ifndef NB_DATA_SCENE_H
#define NB_DATA_SCENE_H

#include "data/shape.h"
#include "noisebook.h"

enum { NB_SCENE_COLOURS = 6, NB_SCENE_SHAPES = 3, NB_UNSAID = -1 };

/* The numbers of an object, as noisebook.h orders them. */
enum { NB_OF_SHAPE, NB_OF_COLOUR, NB_OF_RADIUS, NB_OF_Y, NB_OF_X, NB_OF_FIT };

/* Red, green and blue from -1 to 1: the paper, and the colours in the order of their words. */
extern const float nb_scene_paper[3], nb_scene_palette[NB_SCENE_COLOURS][3];

/* How much of the pixel whose middle lies (dy, dx) from a shape's is covered: 0 to 1. A circle has the radius; the others
 * are about as large. */
double nb_scene_coverage(nb_shape_kind shape, double radius, double dy, double dx);
/* Half of its height and of its width. */
double nb_scene_half_height(nb_shape_kind shape, double radius);
double nb_scene_half_width(nb_shape_kind shape, double radius);

/* Where an object is: a third of the picture each way, 0 the first, 1 the middle. */
typedef struct nb_scene_wish {
    int shape, colour, large, row, column; /* NB_UNSAID: any */
} nb_scene_wish;

typedef enum nb_scene_relation { NB_LEFT_OF, NB_RIGHT_OF, NB_ABOVE, NB_BELOW } nb_scene_relation;
enum { NB_SCENE_RELATIONS = 4 };

/* What a caption says. */
typedef struct nb_scene_caption {
    int count; /* 1..NB_SCENE_MOST objects */
    nb_scene_wish objects[NB_SCENE_MOST];
    int relation; /* of the first to the second; NB_UNSAID */
    bool counted; /* "two red circles": objects are alike */
} nb_scene_caption;

/* Reads what tokens say, in whatever order: words that make no sense where they stand are passed over. NB_ERR_ARGUMENT if a
 * token is none, no object is named, or too many. */
nb_status nb_scene_read(const int32_t *tokens, nb_scene_caption *out, nb_error *err);
/* The caption in words: at most NB_SCENE_TOKENS, the rest 0. */
void nb_scene_write(const nb_scene_caption *caption, int32_t *tokens);
/* Which parts of a caption hold for the objects (NB_SCENE_OBJECTS, NB_SCENE_NUMBERS), as nb_scene_agree tells it. */
void nb_scene_compare(const nb_scene_caption *caption, const float *objects, int32_t *right);

#endif
