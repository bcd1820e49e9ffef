/* points.c - the figures of the exercises, as PNG files. */
#include "cli/figures/figures.h"

#include "cli/figures/sheet.h"

#include <math.h>
#include <stdio.h>

/* Numbers of the core as the plot takes them; NULL after a message. */
static float *as_floats(session *s, const char *name, size_t count, const double *values)
{
    float *out = sheet_numbers(s, name, count, sizeof *out);
    for (size_t i = 0; out && i < count; i++) out[i] = (float)values[i];
    return out;
}

void figure_noise(session *s, size_t levels, const double *level, size_t n, const double *added,
                  const double *step)
{
    plot p;
    const float *rows[2] = {as_floats(s, "figure.png", levels * n * 2, added),
                            as_floats(s, "figure.png", levels * n * 2, step)};
    if (!rows[0] || !rows[1] || !sheet_create(s, "figure.png", &p, (int)levels, 2)) return;
    for (size_t i = 0; i < 2 * levels; i++) {
        const size_t row = i / levels, column = i % levels;
        char title[48];
        snprintf(title, sizeof title, row ? "one step, beta = %g" : "noise of sd %g added", level[column]);
        plot_panel panel = sheet_panel(&p, (int)column, (int)row);
        panel.x_low = panel.y_low = -1.5;
        panel.x_high = panel.y_high = 1.5;
        sheet_points(&panel, title, n, rows[row] + column * n * 2, row ? plot_orange : plot_blue);
    }
    sheet_finish(s, "figure.png", &p);
}

void figure_schedules(session *s, const char *name, size_t count, const nb_schedule_kind *kinds, size_t T,
                      const double *beta, const float *alpha_bar)
{
    plot p;
    double *y = sheet_numbers(s, name, T, sizeof *y);
    if (y == NULL || !sheet_create(s, name, &p, 4, 1)) return;
    for (int which = 0; which < 2; which++) {
        plot_panel panel = sheet_panel(&p, 2 * which, 0);
        panel.width += which ? SHEET_PANEL / 2 : SHEET_PANEL;
        panel.x_low = 1.0;
        panel.x_high = (double)T;
        panel.y_low = 0.0;
        panel.y_high = which ? 1.0 : 0.04; /* the cosine schedules end far above the others */
        for (size_t k = 0; k < count; k++) {
            for (size_t t = 0; t < T; t++)
                y[t] = which ? (double)alpha_bar[k * T + t] : fmin(beta[k * T + t], 0.04);
            plot_line(&panel, T, y, plot_series(k));
            if (which)
                plot_text(&p, panel.x + panel.width + 12, panel.y + 24 * (int)k, nb_schedule_name(kinds[k]),
                          plot_series(k));
        }
        plot_frame(&panel, which ? "alpha_bar, the signal that is left" : "beta, cut off at 0.04");
    }
    sheet_finish(s, name, &p);
}

void figure_images(session *s, size_t n, const int32_t *t, int size, const float *pictures)
{
    plot p;
    if (!sheet_create(s, "figure.png", &p, (int)(n + 1) / 2, 2)) return;
    for (size_t i = 0; i < n; i++) {
        const plot_panel panel = sheet_panel(&p, (int)(i % ((n + 1) / 2)), (int)(i / ((n + 1) / 2)));
        char title[32];
        snprintf(title, sizeof title, "t = %d", (int)t[i]);
        plot_image(&panel, 1, size, size, pictures + i * (size_t)size * (size_t)size, -2.0, 2.0);
        plot_title(&panel, title);
    }
    sheet_finish(s, "figure.png", &p);
}

/* Which way the score points; how strongly shows in the ink. */
static void arrows(const plot_panel *panel, size_t cells, const double *grid, const double *score)
{
    double most = 0.0;
    for (size_t i = 0; i < cells; i++) most = fmax(most, hypot(score[2 * i], score[2 * i + 1]));
    for (size_t i = 0; i < cells; i++) {
        const double dx = score[2 * i], dy = score[2 * i + 1], length = hypot(dx, dy);
        if (length > 0.0)
            plot_arrow(panel, grid + 2 * i, dx / length, dy / length, 0.25 + 0.75 * sqrt(length / most));
    }
}

void figure_scores(session *s, size_t levels, const int32_t *t, size_t cells, const double *grid,
                   const double *exact, const double *learned)
{
    plot p;
    if (!sheet_create(s, "figure.png", &p, (int)levels, 2)) return;
    for (size_t i = 0; i < 2 * levels; i++) {
        const size_t row = i / levels, level = i % levels;
        plot_panel panel = sheet_panel(&p, (int)level, (int)row);
        char title[48];
        snprintf(title, sizeof title, row ? "the network's, t = %d" : "exact score, t = %d", (int)t[level]);
        panel.x_low = panel.y_low = -2.0;
        panel.x_high = panel.y_high = 2.0;
        arrows(&panel, cells, grid, (row ? learned : exact) + level * cells * 2);
        plot_frame(&panel, title);
    }
    sheet_finish(s, "figure.png", &p);
}

void figure_training(session *s, size_t n, const float *data, size_t epochs, const double *loss)
{
    plot p;
    if (!sheet_create(s, "figure.png", &p, 3, 1)) return;
    plot_panel left = sheet_panel(&p, 0, 0), right = sheet_panel(&p, 1, 0);
    sheet_points(&left, "data", n, data, plot_blue);
    right.width += SHEET_PANEL + SHEET_GAP / 2;
    sheet_loss(right, epochs, loss);
    sheet_finish(s, "figure.png", &p);
}

void figure_sampling(session *s, size_t frames, const int *t, size_t n, const float *trajectory, size_t count,
                     const float *data)
{
    enum { SHOWN = 6, COLUMNS = 4 };
    plot p;
    if (!sheet_create(s, "figure.png", &p, COLUMNS, 2)) return;
    for (size_t i = 0; i < SHOWN; i++) {
        const size_t frame = i * (frames - 1) / (SHOWN - 1);
        char title[32];
        snprintf(title, sizeof title, "x_t, t = %d", t[frame]);
        const plot_panel panel = sheet_panel(&p, (int)i % COLUMNS, (int)i / COLUMNS);
        sheet_points(&panel, title, n, trajectory + frame * n * 2, plot_orange);
    }
    const plot_panel original = sheet_panel(&p, 2, 1), generated = sheet_panel(&p, 3, 1);
    sheet_points(&original, "original", count < n ? count : n, data, plot_blue);
    sheet_points(&generated, "generated", n, trajectory + (frames - 1) * n * 2, plot_orange);
    sheet_finish(s, "figure.png", &p);
}

/* Where the first samples have been, a dot a frame. */
static void draw_paths(const plot_panel *panel, const char *title, size_t frames, size_t n,
                       const float *paths)
{
    enum { SHOWN = 60 };
    for (size_t k = 0; k < frames; k++)
        plot_scatter(panel, n < SHOWN ? n : SHOWN, paths + k * n * 2, plot_blue, 0.9, 0.5);
    plot_frame(panel, title);
}

void figure_flows(session *s, size_t frames, size_t n, const float *paths, const float *samples,
                  size_t points, const float *data)
{
    enum { NETWORKS = 3, BUDGETS = 3 };
    static const char *const names[NETWORKS] = {"flow", "reflow", "student"};
    const int steps[BUDGETS] = {1, 2, (int)frames - 1};
    plot p;
    if (!sheet_create(s, "figure.png", &p, BUDGETS + 1, NETWORKS)) return;
    for (int i = 0; i < NETWORKS; i++) {
        const plot_panel left = sheet_panel(&p, 0, i);
        char title[48];
        snprintf(title, sizeof title, "%s, paths", names[i]);
        if (i == NETWORKS - 1)
            sheet_points(&left, "original", points < n ? points : n, data, plot_blue);
        else
            draw_paths(&left, title, frames, n, paths + (size_t)i * frames * n * 2);
        for (int k = 0; k < BUDGETS; k++) {
            const plot_panel panel = sheet_panel(&p, k + 1, i);
            snprintf(title, sizeof title, "%s, %d step%s", names[i], steps[k], steps[k] == 1 ? "" : "s");
            sheet_points(&panel, title, n, samples + (size_t)(i * BUDGETS + k) * n * 2, plot_orange);
        }
    }
    sheet_finish(s, "figure.png", &p);
}
