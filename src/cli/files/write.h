/* write.h - what writing one file and writing a set have in common. What returns bool without saying so sets errno. */
#ifndef CLI_WRITE_H
#define CLI_WRITE_H

#include "cli/files/files.h"

/* "<path> <what>: <what errno says>"; false. */
bool write_complain(const char *path, const char *what);

/* A file that is not there yet, on the disk when this returns; gone if it fails. */
bool write_new(const char *path, const uint8_t *data, size_t size);
/* The names in a directory, on the disk when this returns. */
bool write_sync_directory(const char *path);

/* The directory that holds `path`. */
void write_parent_of(const char *path, char out[CLI_MOST_PATH]);

#endif
