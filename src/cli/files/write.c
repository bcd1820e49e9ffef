/* write.c - one file, or none, at a path. */
#define _XOPEN_SOURCE 700 /* realpath */

#include "cli/files/write.h"

#include "cli/files/files.h"
#include "cli/interrupt.h"
#include "cli/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool write_complain(const char *path, const char *what)
{
    cli_fail(0, "%s %s: %s", path, what, strerror(errno));
    return false;
}

/* All of data; false with errno. */
static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

bool write_new(const char *path, const uint8_t *data, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return false;
    bool good = write_all(fd, data, size) && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && good) {
        good = false;
        why = errno;
    }
    if (!good) unlink(path);
    errno = why;
    return good;
}

bool write_sync_directory(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool good = fsync(fd) == 0 || errno == EINVAL; /* where a file system knows no such thing */
    const int why = errno;
    close(fd);
    errno = why;
    return good;
}

void write_parent_of(const char *path, char out[CLI_MOST_PATH])
{
    snprintf(out, CLI_MOST_PATH, "%s", path);
    size_t n = strlen(out);
    while (n > 1 && out[n - 1] == '/') out[--n] = '\0';
    char *slash = strrchr(out, '/');
    if (slash == NULL)
        snprintf(out, CLI_MOST_PATH, ".");
    else
        slash[slash == out ? 1 : 0] = '\0';
}

/* ---- One file ---- */

/* Where a file goes: `path` without symbolic links, or into what is there. */
typedef struct target {
    char path[CLI_MOST_PATH];
    bool into;
} target;

static bool is_stdout(const struct stat *info)
{
    struct stat out;
    return fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == info->st_dev && out.st_ino == info->st_ino;
}

static bool look(const char *path, target *t)
{
    struct stat info;
    *t = (target){0};
    if (strlen(path) >= CLI_MOST_PATH - 32) {
        cli_fail(0, "--out: a path of %zu characters is too long", strlen(path));
        return false;
    }
    snprintf(t->path, sizeof t->path, "%s", path);
    if (stat(path, &info) != 0) {
        if (errno == ENOENT && lstat(path, &info) != 0 && path[strlen(path) - 1] != '/') return true;
        return write_complain(path, "cannot be written");
    }
    if (S_ISDIR(info.st_mode)) {
        cli_fail(0, "--out %s is a directory: it takes a file", path);
        return false;
    }
    t->into = !S_ISREG(info.st_mode) || is_stdout(&info);
    if (t->into) return true;
    char *real = realpath(path, NULL);
    if (real == NULL || strlen(real) >= CLI_MOST_PATH - 32) {
        free(real);
        return write_complain(path, "cannot be written");
    }
    snprintf(t->path, sizeof t->path, "%s", real);
    free(real);
    return true;
}

static void temporary(char out[CLI_MOST_PATH + 32], const target *t)
{
    snprintf(out, CLI_MOST_PATH + 32, "%s.%ld.tmp", t->path, (long)getpid());
}

static bool write_into(const char *path, const uint8_t *data, size_t size)
{
    struct stat info;
    const bool out = stat(path, &info) == 0 && is_stdout(&info);
    const int fd = out ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return write_complain(path, "cannot be written");
    bool good = write_all(fd, data, size);
    int why = errno;
    if (!out && close(fd) != 0 && good) {
        good = false;
        why = errno;
    }
    errno = why;
    return good || write_complain(path, "cannot be written");
}

bool cli_can_write_file(const char *path)
{
    target t;
    char from[CLI_MOST_PATH + 32];
    if (!look(path, &t)) return false;
    if (t.into) return access(path, W_OK) == 0 || write_complain(path, "cannot be written");
    temporary(from, &t);
    sigset_t before;
    cli_hold_signals(&before);
    const bool good = write_new(from, NULL, 0);
    const int why = errno;
    if (good) unlink(from);
    cli_release_signals(&before);
    errno = why;
    return good || write_complain(path, "cannot be written");
}

bool cli_write_file(const char *path, const uint8_t *data, size_t size)
{
    target t;
    char from[CLI_MOST_PATH + 32], parent[CLI_MOST_PATH];
    if (!look(path, &t)) return false;
    if (t.into) return write_into(path, data, size);
    temporary(from, &t);
    write_parent_of(t.path, parent);
    sigset_t before;
    cli_hold_signals(&before);
    bool good = write_new(from, data, size);
    int why = errno;
    if (good && rename(from, t.path) != 0) {
        good = false;
        why = errno;
        unlink(from);
    }
    if (good) write_sync_directory(parent);
    cli_release_signals(&before);
    errno = why;
    return good || write_complain(path, "cannot be written");
}
