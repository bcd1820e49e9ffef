/* plot.h - figures as pixels: panels with axes, points and lines. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "noisebook.h"

typedef struct plot_colour {
    uint8_t r, g, b;
} plot_colour;

extern const plot_colour plot_ink, plot_muted, plot_blue, plot_orange;

/* One for each line in a panel, from the first again where there are more. */
plot_colour plot_series(size_t i);

typedef struct plot {
    int width, height;
    uint8_t *pixels; /* (height, width, 3) */
} plot;

/* A white sheet; false if memory runs out. */
bool plot_create(plot *p, int width, int height);
void plot_free(plot *p);

/* A framed rectangle of the sheet and the data range that it shows. */
typedef struct plot_panel {
    plot *sheet;
    int x, y, width, height;
    double x_low, x_high, y_low, y_high;
} plot_panel;

/* The title above the panel, centred. */
void plot_title(const plot_panel *panel, const char *title);
/* Frame, title above, the range's ends beside the axes. */
void plot_frame(const plot_panel *panel, const char *title);
/* Points (n, 2) as discs; those outside the range are left out. */
void plot_scatter(const plot_panel *panel, size_t n, const float *xy, plot_colour colour, double radius,
                  double alpha);
/* A short arrow of 9 pixels from a point of the data, in the direction (dx, dy) of length 1. */
void plot_arrow(const plot_panel *panel, const double *from, double dx, double dy, double alpha);
/* A picture (channels, height, width), grey (1) or red, green, blue (3): dark at low, bright at high. It fills the panel
 * from its upper left corner as far as its shape lets it. */
void plot_image(const plot_panel *panel, int channels, int height, int width, const float *values, double low,
                double high);
/* y[i] at x = i + 1, joined. */
void plot_line(const plot_panel *panel, size_t n, const double *y, plot_colour colour);
void plot_text(plot *p, int x, int y, const char *text, plot_colour colour);
int plot_text_width(const char *text);

#endif
