/* pictures.c - the figures of the exercises with pictures and with classes. */
#include "cli/figures/figures.h"
#include "cli/figures/sheet.h"

#include <math.h>
#include <stdio.h>

void figure_rows(session *s, const char *name, const picture_grid *g)
{
    enum { CELL = 128, GAP = 8, TITLE = 40, WIDEST_TITLE = 640 };
    const int wide = (int)g->columns * (CELL + GAP) + GAP;
    plot p;
    if (!plot_create(&p, wide < WIDEST_TITLE ? WIDEST_TITLE : wide, (int)g->rows * (TITLE + CELL) + GAP)) {
        session_lacks(s, name, "not enough memory");
        return;
    }
    const size_t pixels = (size_t)g->channels * (size_t)g->height * (size_t)g->width;
    for (size_t row = 0; row < g->rows; row++) {
        plot_panel panel = {
            .sheet = &p, .x = GAP, .y = (int)row * (TITLE + CELL) + TITLE, .width = CELL, .height = CELL};
        plot_text(&p, GAP, panel.y - 26, g->row[row].title, plot_ink);
        for (size_t i = 0; i < g->columns; i++, panel.x += CELL + GAP)
            plot_image(&panel, g->channels, g->height, g->width, g->row[row].pictures + i * pixels, g->low,
                       g->high);
    }
    sheet_finish(s, name, &p);
}

void figure_pictures_and_loss(session *s, size_t n, const float *pictures, int height, int width,
                              size_t epochs, const double *loss)
{
    enum { COLUMNS = 5 };
    plot p;
    if (!sheet_create(s, "figure.png", &p, COLUMNS, 2)) return;
    for (size_t i = 0; i < COLUMNS && i < n; i++) {
        const plot_panel panel = sheet_panel(&p, (int)i, 0);
        plot_image(&panel, 1, height, width, pictures + i * (size_t)height * (size_t)width, 0.0, 1.0);
        plot_title(&panel, "data");
    }
    plot_panel panel = sheet_panel(&p, 0, 1);
    panel.width = (COLUMNS - 1) * (SHEET_PANEL + SHEET_GAP) + SHEET_PANEL;
    sheet_loss(panel, epochs, loss);
    sheet_finish(s, "figure.png", &p);
}

void figure_losses(session *s, const char *name, size_t count, const char *const *titles, size_t epochs,
                   double *const *loss)
{
    plot p;
    double *y = sheet_numbers(s, name, epochs, sizeof *y);
    if (y == NULL || !sheet_create(s, name, &p, (int)count, 1)) return;
    for (size_t i = 0; i < count; i++) {
        plot_panel panel = sheet_panel(&p, (int)i, 0);
        panel.x_low = 1.0;
        panel.x_high = epochs > 1 ? (double)epochs : 2.0;
        panel.y_low = -2.0;
        panel.y_high = 4.0;
        for (size_t k = 0; k < epochs; k++) y[k] = log10(loss[i][k]);
        plot_line(&panel, epochs, y, plot_series(i));
        plot_frame(&panel, titles[i]);
    }
    sheet_finish(s, name, &p);
}

void figure_guidance(session *s, size_t scales, const double *scale, size_t classes, size_t n,
                     const float *samples)
{
    static const char *const names[3] = {"circle", "square", "gaussian"};
    plot p;
    if (!sheet_create(s, "figure.png", &p, (int)scales, (int)classes)) return;
    for (size_t w = 0; w < scales; w++) {
        for (size_t k = 0; k < classes; k++) {
            plot_panel panel = sheet_panel(&p, (int)w, (int)k);
            char title[48];
            snprintf(title, sizeof title, "%s, w = %g", names[k % 3], scale[w]);
            panel.x_low = panel.y_low = -2.0;
            panel.x_high = panel.y_high = 2.0;
            sheet_points(&panel, title, n, samples + (w * classes + k) * n * 2, plot_series(k));
        }
    }
    sheet_finish(s, "figure.png", &p);
}
