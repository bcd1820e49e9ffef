/* files.c - reading a file whole, and writing a set of files or none.
 *
 * Everything is written under temporary names first and renamed when all of it is on the disk. */
#include "cli/files/files.h"

#include "cli/message.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_PATH = 4096 };
static const size_t most_file = (size_t)1 << 31;

static bool complain(const char *path, const char *what)
{
    cli_fail(0, "%s %s: %s", path, what, strerror(errno));
    return false;
}

bool cli_read_file(const char *path, uint8_t **out, size_t *size)
{
    struct stat info;
    FILE *f = fopen(path, "rb");
    if (f == NULL) return complain(path, "cannot be read");
    if (fstat(fileno(f), &info) != 0 || !S_ISREG(info.st_mode) || (uint64_t)info.st_size > most_file) {
        fclose(f);
        cli_fail(0, "%s is not a file of at most 2 GB", path);
        return false;
    }
    uint8_t *data = malloc((size_t)info.st_size + 1);
    const size_t got = data ? fread(data, 1, (size_t)info.st_size, f) : 0;
    fclose(f);
    if (data == NULL || got != (size_t)info.st_size) {
        free(data);
        return complain(path, "cannot be read");
    }
    *out = data;
    *size = got;
    return true;
}

bool cli_read_npy(const char *path, nb_array *out)
{
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (!cli_read_file(path, &file, &size)) return false;
    const nb_status status = nb_npy_decode(file, size, out, &err);
    free(file);
    if (status != NB_OK) cli_fail(0, "%s: %s", path, err.message);
    return status == NB_OK;
}

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

/* The directory that holds `path`, in a buffer. */
static void parent_of(const char *path, char out[MOST_PATH])
{
    snprintf(out, MOST_PATH, "%s", path);
    size_t n = strlen(out);
    while (n > 1 && out[n - 1] == '/') out[--n] = '\0';
    char *slash = strrchr(out, '/');
    if (slash == NULL)
        snprintf(out, MOST_PATH, ".");
    else
        slash[slash == out ? 1 : 0] = '\0';
}

bool cli_can_write(const char *directory)
{
    struct stat info;
    char parent[MOST_PATH];
    if (strlen(directory) >= MOST_PATH - 64) {
        cli_fail(0, "--out: a path of %zu characters is too long", strlen(directory));
        return false;
    }
    const bool there = stat(directory, &info) == 0;
    if (there && !S_ISDIR(info.st_mode)) {
        cli_fail(0, "--out %s is a file: it takes a directory", directory);
        return false;
    }
    parent_of(directory, parent);
    if (access(there ? directory : parent, W_OK | X_OK) != 0) return complain(directory, "cannot be written");
    return true;
}

static bool write_whole(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL) return false;
    const bool written = fwrite(data, 1, size, f) == size;
    return (fclose(f) == 0) && written;
}

static void temporary(char out[MOST_PATH], const char *directory, const char *name)
{
    snprintf(out, MOST_PATH, "%s/.%s.%ld.tmp", directory, name, (long)getpid());
}

bool cli_set_write(const cli_file_set *set, const char *directory)
{
    char from[MOST_PATH], to[MOST_PATH];
    const bool made = mkdir(directory, 0777) == 0;
    if (!made && errno != EEXIST) return complain(directory, "cannot be made");
    bool good = true;
    for (size_t i = 0; good && i < set->count; i++) {
        temporary(from, directory, set->file[i].name);
        good = write_whole(from, set->file[i].data, set->file[i].size);
    }
    const int why = errno;
    for (size_t i = 0; i < set->count; i++) {
        temporary(from, directory, set->file[i].name);
        snprintf(to, sizeof to, "%s/%s", directory, set->file[i].name);
        if (!good || rename(from, to) != 0) remove(from);
    }
    if (good) return true;
    if (made) rmdir(directory);
    errno = why;
    return complain(directory, "cannot be written");
}

bool cli_write_file(const char *path, const uint8_t *data, size_t size)
{
    char from[MOST_PATH];
    if ((size_t)snprintf(from, sizeof from, "%s.%ld.tmp", path, (long)getpid()) >= sizeof from) {
        cli_fail(0, "--out: the path is too long");
        return false;
    }
    if (write_whole(from, data, size) && rename(from, path) == 0) return true;
    const int why = errno;
    remove(from);
    errno = why;
    return complain(path, "cannot be written");
}
