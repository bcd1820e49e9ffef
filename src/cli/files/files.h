/* files.h - reading a file whole, and writing a set of files as one. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "noisebook.h"

/* *out is malloc'ed for the caller; false after a message. */
bool cli_read_file(const char *path, uint8_t **out, size_t *size);
/* A .npy file; out->data is malloc'ed for the caller; false after a message. */
bool cli_read_npy(const char *path, nb_array *out);

enum { CLI_MOST_FILES = 32, CLI_MOST_PATH = 4096 };

/* Files that belong together, kept in memory until all of them are there. Zero it to begin. */
typedef struct cli_file_set {
    struct {
        const char *name;
        uint8_t *data;
        size_t size;
    } file[CLI_MOST_FILES];
    size_t count;
} cli_file_set;

/* Takes over data, which is malloc'ed. */
void cli_set_add(cli_file_set *set, const char *name, uint8_t *data, size_t size);
/* Adds an array as .npy, a copy; false after a message. */
bool cli_set_add_array(cli_file_set *set, const char *name, nb_dtype dtype, int rank, const size_t *shape,
                       void *data);
/* Writes them all into directory, which is made if its parent exists. They are written and on the disk in a folder of
 * their own before the first takes its place. On failure that folder, or one for temporary files, keeps what is whole, the
 * message says where, and the files that were there stand as before unless a rename failed halfway. */
bool cli_set_write(const cli_file_set *set, const char *directory);
void cli_set_free(cli_file_set *set);

/* Whether cli_set_write could put files of these names ("a.npy b.npy ...") there, found out by trying, before the work
 * starts; nothing is left behind. false after a message. */
bool cli_can_write(const char *directory, const char *names);
/* One file at its path, or none. A pipe or a device is written into, and so is the file that stdout goes to. false after a
 * message. */
bool cli_write_file(const char *path, const uint8_t *data, size_t size);
/* Whether cli_write_file could, likewise. */
bool cli_can_write_file(const char *path);

#endif
