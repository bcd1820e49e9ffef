/* read.c - reading a file whole. */
#include "cli/files/files.h"

#include "cli/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const size_t most_file = (size_t)1 << 31;

static bool complain(const char *path)
{
    cli_fail(0, "%s cannot be read: %s", path, strerror(errno));
    return false;
}

bool cli_read_file(const char *path, uint8_t **out, size_t *size)
{
    struct stat info;
    FILE *f = fopen(path, "rb");
    if (f == NULL) return complain(path);
    if (fstat(fileno(f), &info) != 0 || !S_ISREG(info.st_mode) || (uint64_t)info.st_size > most_file) {
        fclose(f);
        cli_fail(0, "%s is not a file of at most 2 GB", path);
        return false;
    }
    uint8_t *data = malloc((size_t)info.st_size + 1);
    if (data == NULL) {
        fclose(f);
        cli_fail(0, "%s: not enough memory for its %lld bytes", path, (long long)info.st_size);
        return false;
    }
    errno = EIO; /* a file that ends early sets none */
    const size_t got = fread(data, 1, (size_t)info.st_size, f);
    const int why = errno;
    fclose(f);
    if (got != (size_t)info.st_size) {
        free(data);
        errno = why;
        return complain(path);
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
