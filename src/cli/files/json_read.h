/* json_read.h - reading JSON (RFC 8259): every value once, with the path that leads to it. */
#ifndef CLI_JSON_READ_H
#define CLI_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum json_kind { JSON_NULL, JSON_SWITCH, JSON_NUMBER, JSON_TEXT, JSON_OBJECT, JSON_ARRAY } json_kind;

/* path: names and places with dots between, as "data.shape.0", "" for the outermost. text: a number as it is written, a
 * string's characters (UTF-8), "true" or "false"; "" for the others. */
typedef struct json_value {
    const char *path;
    json_kind kind;
    const char *text;
} json_value;

/* Called for objects and lists before what they hold; false ends the reading. path lasts until it returns, text as long as the
 * text that is read. */
typedef bool json_visit(void *to, const json_value *value);

/* Reads text, which has room for a byte at its end and is changed. false after a message, which names the file `name` and the
 * line, or where visit returned false. */
bool json_read(const char *name, uint8_t *text, size_t size, json_visit *visit, void *to);

#endif
