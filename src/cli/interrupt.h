/* interrupt.h - SIGINT, SIGTERM and SIGHUP while something long goes on. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>

/* From here on the first of them is noted, but for those that whoever started the program has it ignore; the second ends
 * the program at once. */
void cli_watch_signals(void);
/* The exit status of a program that the noted signal ended, 128 + its number; 0 if there was none. */
int cli_interrupted(void);

/* They wait from one to the other, in this thread and in those it makes meanwhile, for good in the latter. So nothing is
 * left half-written, and they reach the thread that writes, not one that computes. */
void cli_hold_signals(sigset_t *before);
void cli_release_signals(const sigset_t *before);

#endif
