/* number.c - numbers in text. */
#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

/* strtod would bring a locale, and 4 KB. */
bool nb_number_read(const char *text, double *out)
{
    const char *c = text + (*text == '-');
    double digits = 0.0;
    int power = 0, count = 0;
    bool point = false;
    for (; isdigit((unsigned char)*c) || (*c == '.' && !point); c++) {
        if (*c == '.') {
            point = true;
            continue;
        }
        digits = 10.0 * digits + (*c - '0');
        power -= point;
        count++;
    }
    if (*c == 'e' && count > 0) {
        const bool below = *++c == '-';
        int exponent = 0, figures = 0;
        c += *c == '-' || *c == '+';
        for (; isdigit((unsigned char)*c) && figures < 4; figures++) exponent = 10 * exponent + (*c++ - '0');
        if (figures == 0) return false;
        power += below ? -exponent : exponent;
    }
    double scale = 1.0;
    for (int i = power < 0 ? -power : power; i > 0 && isfinite(scale); i--) scale *= 10.0;
    const double size = power < 0 ? digits / scale : digits * scale;
    *out = *text == '-' ? -size : size;
    return count > 0 && *c == '\0' && isfinite(*out);
}

void nb_number_write(double value, int digits, char *text, size_t size)
{
    snprintf(text, size, "%.*g", digits, value);
    for (char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '+') *c = '.';
    }
}
