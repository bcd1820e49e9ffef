/* json.h - writing a small JSON object. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero it to begin. */
typedef struct json {
    char *text;
    size_t used, capacity;
    int depth;
    bool comma, failed;
} json;

void json_open(json *j, const char *name); /* an object; name NULL for the outermost */
void json_close(json *j);
void json_number(json *j, const char *name, double value); /* null if it is not finite */
void json_numbers(json *j, const char *name, size_t count, const double *values); /* an array */
void json_text(json *j, const char *name, const char *value);
/* The finished text, malloc'ed for the caller; NULL if memory ran out. */
uint8_t *json_take(json *j, size_t *size);

#endif
