/* message.c - what the program says on stderr. */
#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifndef NB_PROGRAM
#define NB_PROGRAM "noisebook"
#endif

int cli_fail(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs(NB_PROGRAM ": ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return status;
}

int cli_failed(const nb_error *err)
{
    const bool usage =
        err->status == NB_ERR_ARGUMENT || err->status == NB_ERR_FORMAT || err->status == NB_ERR_SHAPE;
    return cli_fail(usage ? NB_EXIT_USAGE : NB_EXIT_FAILED, "%s", err->message);
}

void cli_print_word(FILE *f, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:,@%=";
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, f);
        return;
    }
    fputc('\'', f);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", f);
        else
            fputc(*word, f);
    }
    fputc('\'', f);
}
