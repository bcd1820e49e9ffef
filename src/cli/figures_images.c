/* figures_images.c - the figures of the exercises with pictures and with classes. */
#include "cli/figures.h"
#include "cli/sheet.h"

#include <stdio.h>

bool figure_rows(session *s, size_t n, int side, double low, double high, const picture_row rows[2])
{
    plot p;
    if (!sheet_create(&p, (int)n, 2)) return false;
    for (size_t i = 0; i < 2 * n; i++) {
        const size_t row = i / n, column = i % n;
        const plot_panel panel = sheet_panel(&p, (int)column, (int)row);
        char title[48];
        snprintf(title, sizeof title, "%s, %zu", rows[row].title, column + 1);
        plot_image(&panel, side, rows[row].pictures + column * (size_t)side * (size_t)side, low, high);
        plot_title(&panel, title);
    }
    const bool good = sheet_add_png(s, "figure.png", &p);
    plot_free(&p);
    return good;
}

bool figure_pictures_and_loss(session *s, size_t n, const float *pictures, int side, size_t epochs,
                              const double *loss)
{
    enum { COLUMNS = 5 };
    plot p;
    if (!sheet_create(&p, COLUMNS, 2)) return false;
    for (size_t i = 0; i < COLUMNS && i < n; i++) {
        const plot_panel panel = sheet_panel(&p, (int)i, 0);
        plot_image(&panel, side, pictures + i * (size_t)side * (size_t)side, 0.0, 1.0);
        plot_title(&panel, "data");
    }
    plot_panel panel = sheet_panel(&p, 0, 1);
    panel.width = (COLUMNS - 1) * (SHEET_PANEL + SHEET_GAP) + SHEET_PANEL;
    sheet_loss(panel, epochs, loss);
    const bool good = sheet_add_png(s, "figure.png", &p);
    plot_free(&p);
    return good;
}

bool figure_guidance(session *s, size_t scales, const double *scale, size_t classes, size_t n,
                     const float *samples)
{
    static const char *const names[3] = {"circle", "square", "gaussian"};
    plot p;
    if (!sheet_create(&p, (int)scales, (int)classes)) return false;
    for (size_t w = 0; w < scales; w++) {
        for (size_t k = 0; k < classes; k++) {
            plot_panel panel = sheet_panel(&p, (int)w, (int)k);
            char title[48];
            snprintf(title, sizeof title, "%s, w = %g", names[k % 3], scale[w]);
            panel.x_low = panel.y_low = -2.0;
            panel.x_high = panel.y_high = 2.0;
            sheet_points(&panel, title, n, samples + (w * classes + k) * n * 2, plot_series[k % 7]);
        }
    }
    const bool good = sheet_add_png(s, "figure.png", &p);
    plot_free(&p);
    return good;
}
