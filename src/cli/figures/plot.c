/* plot.c - figures as pixels. Letters are stb_easy_font's; the sheet becomes a PNG by stb_image_write. */
#include "cli/figures/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_easy_font.h>
#pragma GCC diagnostic pop

const plot_colour plot_ink = {34, 38, 46}, plot_muted = {130, 136, 146};
const plot_colour plot_blue = {36, 99, 184}, plot_orange = {214, 104, 30};

plot_colour plot_series(size_t i)
{
    static const plot_colour series[] = {{36, 99, 184}, {214, 104, 30}, {40, 140, 80},  {150, 80, 190},
                                         {190, 50, 80}, {110, 90, 60},  {30, 150, 170}, {120, 120, 40}};
    return series[i % (sizeof series / sizeof *series)];
}

enum { TEXT_SCALE = 2 };

bool plot_create(plot *p, int width, int height)
{
    const size_t size = (size_t)width * (size_t)height * 3;
    p->width = width;
    p->height = height;
    p->pixels = malloc(size);
    if (p->pixels) memset(p->pixels, 255, size);
    return p->pixels != NULL;
}

void plot_free(plot *p) { free(p->pixels); }

static void blend(plot *p, int x, int y, plot_colour c, double alpha)
{
    if (x < 0 || y < 0 || x >= p->width || y >= p->height || alpha <= 0.0) return;
    if (alpha > 1.0) alpha = 1.0;
    uint8_t *pixel = p->pixels + ((size_t)y * (size_t)p->width + (size_t)x) * 3;
    const uint8_t colour[3] = {c.r, c.g, c.b};
    for (int i = 0; i < 3; i++) pixel[i] = (uint8_t)lround(pixel[i] + alpha * (colour[i] - pixel[i]));
}

static void fill(plot *p, int x, int y, int width, int height, plot_colour c)
{
    for (int j = y; j < y + height; j++) {
        for (int i = x; i < x + width; i++) blend(p, i, j, c, 1.0);
    }
}

/* Full inside the radius, fading over the pixel at its edge. */
static void disc(plot *p, double x, double y, double radius, plot_colour c, double alpha)
{
    const int reach = (int)ceil(radius + 1.0), cx = (int)floor(x), cy = (int)floor(y);
    for (int j = cy - reach; j <= cy + reach; j++) {
        for (int i = cx - reach; i <= cx + reach; i++) {
            const double d = hypot(i + 0.5 - x, j + 0.5 - y);
            blend(p, i, j, c, alpha * fmin(1.0, radius + 0.5 - d));
        }
    }
}

int plot_text_width(const char *text)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", text);
    return stb_easy_font_width(copy) * TEXT_SCALE;
}

void plot_text(plot *p, int x, int y, const char *text, plot_colour colour)
{
    struct {
        float x, y, z;
        unsigned char rgba[4];
    } vertex[128 * 16];
    char copy[128];
    snprintf(copy, sizeof copy, "%s", text);
    const int quads = stb_easy_font_print(0, 0, copy, NULL, vertex, sizeof vertex);
    for (int i = 0; i < quads; i++) {
        const int left = (int)vertex[4 * i].x, top = (int)vertex[4 * i].y;
        const int right = (int)vertex[4 * i + 2].x, bottom = (int)vertex[4 * i + 2].y;
        fill(p, x + left * TEXT_SCALE, y + top * TEXT_SCALE, (right - left) * TEXT_SCALE,
             (bottom - top) * TEXT_SCALE, colour);
    }
}

static double to_x(const plot_panel *a, double x)
{
    return a->x + (x - a->x_low) / (a->x_high - a->x_low) * a->width;
}

static double to_y(const plot_panel *a, double y)
{
    return a->y + a->height - (y - a->y_low) / (a->y_high - a->y_low) * a->height;
}

void plot_title(const plot_panel *a, const char *title)
{
    plot_text(a->sheet, a->x + (a->width - plot_text_width(title)) / 2, a->y - 26, title, plot_ink);
}

void plot_frame(const plot_panel *a, const char *title)
{
    plot *p = a->sheet;
    fill(p, a->x, a->y, a->width, 1, plot_muted);
    fill(p, a->x, a->y + a->height, a->width + 1, 1, plot_muted);
    fill(p, a->x, a->y, 1, a->height, plot_muted);
    fill(p, a->x + a->width, a->y, 1, a->height, plot_muted);
    plot_title(a, title);
    char label[32];
    const int below = a->y + a->height + 8;
    snprintf(label, sizeof label, "%g", a->x_low);
    plot_text(p, a->x, below, label, plot_muted);
    snprintf(label, sizeof label, "%g", a->x_high);
    plot_text(p, a->x + a->width - plot_text_width(label), below, label, plot_muted);
    snprintf(label, sizeof label, "%.3g", a->y_low);
    plot_text(p, a->x - 8 - plot_text_width(label), a->y + a->height - 16, label, plot_muted);
    snprintf(label, sizeof label, "%.3g", a->y_high);
    plot_text(p, a->x - 8 - plot_text_width(label), a->y + 2, label, plot_muted);
}

void plot_scatter(const plot_panel *a, size_t n, const float *xy, plot_colour colour, double radius,
                  double alpha)
{
    for (size_t i = 0; i < n; i++) {
        const double x = (double)xy[2 * i], y = (double)xy[2 * i + 1];
        if (x < a->x_low || x > a->x_high || y < a->y_low || y > a->y_high) continue;
        disc(a->sheet, to_x(a, x), to_y(a, y), radius, colour, alpha);
    }
}

void plot_arrow(const plot_panel *a, const double *from, double dx, double dy, double alpha)
{
    const double x = to_x(a, from[0]), y = to_y(a, from[1]);
    for (int k = 0; k <= 18; k++) /* thick at the tail, a point at the head */
        disc(a->sheet, x + dx * k / 2.0, y - dy * k / 2.0, 1.7 - 0.07 * k, plot_blue, alpha * 0.6);
}

void plot_image(const plot_panel *a, int channels, int height, int width, const float *values, double low,
                double high)
{
    const int tall = height < width ? a->height * height / width : a->height;
    const int wide = width < height ? a->width * width / height : a->width;
    for (int j = 0; j < tall; j++) {
        for (int i = 0; i < wide; i++) {
            const int pixel = j * height / tall * width + i * width / wide;
            uint8_t c[3];
            for (int k = 0; k < 3; k++) {
                const double v = (double)values[(channels == 1 ? 0 : k) * height * width + pixel];
                c[k] = (uint8_t)lround(fmin(1.0, fmax(0.0, (v - low) / (high - low))) * 255.0);
            }
            blend(a->sheet, a->x + i, a->y + j, (plot_colour){c[0], c[1], c[2]}, 1.0);
        }
    }
}

void plot_line(const plot_panel *a, size_t n, const double *y, plot_colour colour)
{
    for (size_t i = 0; i < n; i++) {
        const double x0 = to_x(a, (double)i + 1.0), y0 = to_y(a, y[i]);
        const double x1 = i + 1 < n ? to_x(a, (double)i + 2.0) : x0, y1 = i + 1 < n ? to_y(a, y[i + 1]) : y0;
        const int dots = 1 + (int)(2.0 * hypot(x1 - x0, y1 - y0));
        for (int k = 0; k < dots; k++)
            disc(a->sheet, x0 + (x1 - x0) * k / dots, y0 + (y1 - y0) * k / dots, 1.2, colour, 0.7);
    }
}
