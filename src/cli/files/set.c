/* set.c - a set of files that belong together.
 *
 * They are written and on the disk in a folder of their own, beside where they go, before the first takes its place: a
 * full disk or a kill before that changes nothing. What takes its place last, result.json, is taken away first, so that
 * a set with it is whole. */
#include "cli/files/files.h"
#include "cli/files/write.h"
#include "cli/interrupt.h"
#include "cli/message.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_DIRECTORY = CLI_MOST_PATH - 320 }; /* leaves room for the folder and a name */

void cli_set_add(cli_file_set *set, const char *name, uint8_t *data, size_t size)
{
    assert(set->count < CLI_MOST_FILES);
    set->file[set->count].name = name;
    set->file[set->count].data = data;
    set->file[set->count].size = size;
    set->count++;
}

bool cli_set_add_array(cli_file_set *set, const char *name, nb_dtype dtype, int rank, const size_t *shape,
                       void *data)
{
    nb_array a = {.dtype = dtype, .rank = rank, .data = data};
    for (int i = 0; i < rank; i++) a.shape[i] = shape[i];
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (nb_npy_encode(&a, &file, &size, &err) != NB_OK) {
        cli_fail(0, "%s: %s", name, err.message);
        return false;
    }
    cli_set_add(set, name, file, size);
    return true;
}

void cli_set_free(cli_file_set *set)
{
    for (size_t i = 0; i < set->count; i++) free(set->file[i].data);
    set->count = 0;
}

static void join(char out[CLI_MOST_PATH], const char *directory, const char *name)
{
    const int n = snprintf(out, CLI_MOST_PATH, "%s/%s", directory, name);
    assert(n < CLI_MOST_PATH); /* MOST_DIRECTORY */
    if (n >= CLI_MOST_PATH) *out = '\0';
}

/* ---- Before the work ---- */

/* Whether a file may take the place of `path`; false after a message. */
static bool replaceable(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0) return errno == ENOENT || write_complain(path, "cannot be written");
    if (S_ISREG(info.st_mode) || S_ISLNK(info.st_mode)) return true;
    cli_fail(0, "%s is %s: no file is put in its place", path,
             S_ISDIR(info.st_mode) ? "a directory" : "no regular file");
    return false;
}

/* The folder for what is not in its place yet; false with errno. */
static bool make_stage(char out[CLI_MOST_PATH], const char *directory)
{
    join(out, directory, ".noisebook-XXXXXX");
    return mkdtemp(out) != NULL;
}

/* The directory is there, or can be made, and a folder can be made in it. */
static bool try_directory(const char *directory)
{
    char stage[CLI_MOST_PATH];
    const bool made = mkdir(directory, 0777) == 0;
    if (!made && errno != EEXIST) return write_complain(directory, "cannot be made");
    const bool good = make_stage(stage, directory);
    const int why = errno;
    if (good) rmdir(stage);
    if (made) rmdir(directory);
    errno = why;
    return good || write_complain(directory, "cannot be written");
}

bool cli_can_write(const char *directory, const char *names)
{
    struct stat info;
    char path[CLI_MOST_PATH], name[256];
    if (strlen(directory) >= MOST_DIRECTORY) {
        cli_fail(0, "--out: a path of %zu characters is too long", strlen(directory));
        return false;
    }
    const bool there = stat(directory, &info) == 0;
    if (there && !S_ISDIR(info.st_mode)) {
        cli_fail(0, "--out %s is a file: it takes a directory", directory);
        return false;
    }
    sigset_t before;
    cli_hold_signals(&before);
    bool good = try_directory(directory);
    cli_release_signals(&before);
    for (const char *p = names; there && good && *p; p += *p == ' ') {
        const size_t n = strcspn(p, " ");
        snprintf(name, sizeof name, "%.*s", (int)n, p);
        join(path, directory, name);
        good = replaceable(path);
        p += n;
    }
    return good;
}

/* ---- After it ---- */

/* Writes the files into a folder; how many of them, from the first, are whole. With errno if it is not all. */
static size_t fill(const cli_file_set *set, const char *folder)
{
    char path[CLI_MOST_PATH];
    size_t whole = 0;
    for (; whole < set->count; whole++) {
        join(path, folder, set->file[whole].name);
        if (!write_new(path, set->file[whole].data, set->file[whole].size)) return whole;
    }
    return write_sync_directory(folder) ? whole : 0;
}

static void empty(const cli_file_set *set, const char *folder)
{
    char path[CLI_MOST_PATH];
    for (size_t i = 0; i < set->count; i++) {
        join(path, folder, set->file[i].name);
        unlink(path);
    }
    rmdir(folder);
}

/* `directory` does not take the set, for the reason in errno: it goes to a folder for temporary files, or what is whole
 * stays where it is. Says so. */
static void rescue(const cli_file_set *set, const char *directory, const char *stage, size_t whole)
{
    char folder[CLI_MOST_PATH];
    const char *why = strerror(errno), *temporary = getenv("TMPDIR");
    if (temporary == NULL || *temporary == '\0') temporary = "/tmp";
    snprintf(folder, sizeof folder, "%.*s/noisebook-XXXXXX", MOST_DIRECTORY, temporary);
    const bool made = mkdtemp(folder) != NULL;
    if (made && fill(set, folder) == set->count) {
        empty(set, stage);
        cli_fail(0, "%s cannot be written: %s; the results are in %s", directory, why, folder);
        return;
    }
    if (made) empty(set, folder);
    if (whole > 0) {
        cli_fail(0, "%s cannot be written: %s; of the results the first %zu of %zu files are in %s",
                 directory, why, whole, set->count, stage);
        return;
    }
    empty(set, stage);
    cli_fail(0, "%s cannot be written: %s", directory, why);
}

/* From the folder to their places; how many are there. */
static size_t move(const cli_file_set *set, const char *stage, const char *directory)
{
    char from[CLI_MOST_PATH], to[CLI_MOST_PATH];
    join(to, directory, set->file[set->count - 1].name);
    if (set->count > 1 && unlink(to) != 0 && errno != ENOENT) return 0;
    for (size_t i = 0; i < set->count; i++) {
        join(from, stage, set->file[i].name);
        join(to, directory, set->file[i].name);
        if (rename(from, to) != 0) return i;
    }
    return set->count;
}

static bool write_set(const cli_file_set *set, const char *directory)
{
    char stage[CLI_MOST_PATH] = "", path[CLI_MOST_PATH];
    const bool made = mkdir(directory, 0777) == 0;
    const bool begun = (made || errno == EEXIST) && make_stage(stage, directory);
    const size_t whole = begun ? fill(set, stage) : 0;
    if (whole < set->count) {
        rescue(set, directory, begun ? stage : "", whole);
        if (made) rmdir(directory); /* if nothing stayed there */
        return false;
    }
    bool good = true;
    for (size_t i = 0; good && i < set->count; i++) {
        join(path, directory, set->file[i].name);
        good = replaceable(path);
    }
    if (good) {
        const size_t moved = move(set, stage, directory);
        good = moved == set->count;
        if (!good) {
            join(path, directory, set->file[moved].name);
            write_complain(path, "cannot be replaced");
        }
    }
    if (!good) {
        cli_fail(0, "the results that are not in %s are in %s", directory, stage);
        return false;
    }
    rmdir(stage);
    return write_sync_directory(directory) || write_complain(directory, "may not be on the disk");
}

bool cli_set_write(const cli_file_set *set, const char *directory)
{
    sigset_t before;
    cli_hold_signals(&before);
    const bool good = set->count == 0 || write_set(set, directory);
    cli_release_signals(&before);
    return good;
}
