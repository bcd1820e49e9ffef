/* figures.c - the figures of the exercises, as PNG files. */
#include "cli/figures.h"

#include "cli/plot.h"

#include <math.h>
#include <stdio.h>

enum { PANEL = 300, GAP = 80, TOP = 50 };

static bool add_png(cli_result *r, const plot *p)
{
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (nb_png_encode(p->width, p->height, 3, p->pixels, &file, &size, &err) != NB_OK) {
        cli_fail(0, "figure.png: %s", err.message);
        return false;
    }
    cli_set_add(&r->files, "figure.png", file, size);
    return true;
}

/* The sheet for rows x columns of square panels; false after a message. */
static bool sheet(plot *p, int columns, int rows)
{
    if (plot_create(p, columns * (PANEL + GAP) + GAP / 4, rows * (PANEL + GAP) + GAP / 4)) return true;
    cli_fail(0, "figure.png: not enough memory");
    return false;
}

static plot_panel square(plot *p, int column, int row)
{
    return (plot_panel){.sheet = p,
                        .x = column * (PANEL + GAP) + GAP * 3 / 4,
                        .y = row * (PANEL + GAP) + TOP,
                        .width = PANEL,
                        .height = PANEL,
                        .x_low = -3.0,
                        .x_high = 3.0,
                        .y_low = -3.0,
                        .y_high = 3.0};
}

/* Discs fade as there are more of them, so that density shows. */
static void points(const plot_panel *panel, const char *title, size_t n, const float *xy, plot_colour colour)
{
    const double alpha = n > 2000 ? 0.25 : n > 500 ? 0.4 : 0.6;
    plot_scatter(panel, n, xy, colour, 2.0, alpha);
    plot_frame(panel, title);
}

bool figure_training(cli_result *r, size_t n, const float *data, size_t epochs, const double *loss)
{
    plot p;
    if (!sheet(&p, 3, 1)) return false;
    plot_panel left = square(&p, 0, 0), right = square(&p, 1, 0);
    points(&left, "data", n, data, plot_blue);
    right.width += PANEL + GAP / 2;
    right.x_low = 1.0;
    right.x_high = epochs > 1 ? (double)epochs : 2.0;
    right.y_low = 0.0;
    right.y_high = 0.0;
    for (size_t i = 0; i < epochs; i++) right.y_high = fmax(right.y_high, loss[i]);
    right.y_high = right.y_high > 0.0 ? ceil(right.y_high * 11.0) / 10.0 : 1.0;
    plot_line(&right, epochs, loss, plot_orange);
    plot_frame(&right, "mean loss of each epoch");
    const bool good = add_png(r, &p);
    plot_free(&p);
    return good;
}

bool figure_sampling(cli_result *r, size_t frames, const int *t, size_t n, const float *trajectory,
                     size_t count, const float *data)
{
    enum { SHOWN = 6, COLUMNS = 4 };
    plot p;
    if (!sheet(&p, COLUMNS, 2)) return false;
    for (size_t i = 0; i < SHOWN; i++) {
        const size_t frame = i * (frames - 1) / (SHOWN - 1);
        char title[32];
        snprintf(title, sizeof title, "x_t, t = %d", t[frame]);
        const plot_panel panel = square(&p, (int)i % COLUMNS, (int)i / COLUMNS);
        points(&panel, title, n, trajectory + frame * n * 2, plot_orange);
    }
    const plot_panel original = square(&p, 2, 1), generated = square(&p, 3, 1);
    points(&original, "original", count < n ? count : n, data, plot_blue);
    points(&generated, "generated", n, trajectory + (frames - 1) * n * 2, plot_orange);
    const bool good = add_png(r, &p);
    plot_free(&p);
    return good;
}
