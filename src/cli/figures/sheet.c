/* sheet.c - a figure as a grid of square panels. */
#include "cli/figures/sheet.h"

#include <math.h>

enum { TOP = 50 };

bool sheet_create(session *s, const char *name, plot *p, int columns, int rows)
{
    if (plot_create(p, columns * (SHEET_PANEL + SHEET_GAP) + SHEET_GAP / 4,
                    rows * (SHEET_PANEL + SHEET_GAP) + SHEET_GAP / 4))
        return true;
    session_lacks(s, name, "not enough memory");
    return false;
}

void *sheet_numbers(session *s, const char *name, size_t count, size_t size)
{
    void *numbers = session_take(s, count, size);
    if (numbers == NULL) session_lacks(s, name, "not enough memory");
    return numbers;
}

void sheet_finish(session *s, const char *name, plot *p)
{
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (nb_png_encode(p->width, p->height, 3, p->pixels, &file, &size, &err) == NB_OK)
        cli_set_add(&s->result.files, name, file, size);
    else
        session_lacks(s, name, err.message);
    plot_free(p);
}

plot_panel sheet_panel(plot *p, int column, int row)
{
    return (plot_panel){.sheet = p,
                        .x = column * (SHEET_PANEL + SHEET_GAP) + SHEET_GAP * 3 / 4,
                        .y = row * (SHEET_PANEL + SHEET_GAP) + TOP,
                        .width = SHEET_PANEL,
                        .height = SHEET_PANEL,
                        .x_low = -3.0,
                        .x_high = 3.0,
                        .y_low = -3.0,
                        .y_high = 3.0};
}

void sheet_points(const plot_panel *panel, const char *title, size_t n, const float *xy, plot_colour colour)
{
    const double alpha = n > 2000 ? 0.25 : n > 500 ? 0.4 : 0.6;
    plot_scatter(panel, n, xy, colour, 2.0, alpha);
    plot_frame(panel, title);
}

void sheet_loss(plot_panel panel, size_t epochs, const double *loss)
{
    double most = 0.0;
    for (size_t i = 0; i < epochs; i++) most = fmax(most, loss[i]);
    panel.x_low = 1.0;
    panel.x_high = epochs > 1 ? (double)epochs : 2.0;
    panel.y_low = 0.0;
    panel.y_high = most > 0.0 ? ceil(most * 22.0) / 20.0 : 1.0;
    plot_line(&panel, epochs, loss, plot_orange);
    plot_frame(&panel, "mean loss of each epoch");
}
