/* interrupt.c - SIGINT, SIGTERM and SIGHUP while something long goes on. */
#include "cli/interrupt.h"

#include <stddef.h>

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
enum { WATCHED = sizeof watched / sizeof watched[0] };

static volatile sig_atomic_t caught; /* all that a handler may write to */

static void set_all(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    for (int i = 0; i < WATCHED; i++) {
        if (sigaction(watched[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(watched[i], &action, NULL);
    }
}

static void note(int signal)
{
    caught = signal;
    set_all(SIG_DFL);
}

void cli_watch_signals(void) { set_all(note); }

int cli_interrupted(void) { return caught ? 128 + caught : 0; }

void cli_hold_signals(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < WATCHED; i++) sigaddset(&set, watched[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

void cli_release_signals(const sigset_t *before) { pthread_sigmask(SIG_SETMASK, before, NULL); }
