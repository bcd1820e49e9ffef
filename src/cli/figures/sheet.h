/* sheet.h - a figure as a grid of square panels. */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "cli/figures/plot.h"
#include "cli/session/session.h"

enum { SHEET_PANEL = 300, SHEET_GAP = 80 };

/* The sheet for rows x columns of square panels. Without memory the figure `name` is left out (session_lacks): false. */
bool sheet_create(session *s, const char *name, plot *p, int columns, int rows);
/* session_take for a figure; NULL likewise. */
void *sheet_numbers(session *s, const char *name, size_t count, size_t size);
/* A panel of it, showing -3 to 3 in both directions. */
plot_panel sheet_panel(plot *p, int column, int row);
/* Points (n, 2) with frame and title; discs fade as there are more of them, so that density shows. */
void sheet_points(const plot_panel *panel, const char *title, size_t n, const float *xy, plot_colour colour);
/* The mean loss of each epoch as a curve from 0 up, with frame and title. */
void sheet_loss(plot_panel panel, size_t epochs, const double *loss);
/* Adds the sheet to the files as a PNG, or leaves the figure out, and frees it. */
void sheet_finish(session *s, const char *name, plot *p);

#endif
