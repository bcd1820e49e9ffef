/* record.c - options that weights answer, and options that belong to a method. */
#include "cli/session/record.h"

#include "cli/message.h"

#include <stdio.h>
#include <string.h>

bool cli_take_schedule(cli_options *o, const nb_training *known)
{
    char T[16];
    if (known->T == 0) return true;
    snprintf(T, sizeof T, "%d", known->T);
    if (!cli_given(o, "timesteps") && !cli_keep(o, "timesteps", T)) return false;
    if (cli_given(o, "schedule")) return true;
    if (known->zero_terminal_snr && !cli_given(o, "zero-terminal-snr") &&
        !cli_keep(o, "zero-terminal-snr", "on"))
        return false;
    if (known->schedule == NB_SCHEDULE_OWN) {
        cli_fail(
            0,
            "%s: trained for betas that no --schedule names; with --schedule, and to sample --any-schedule "
            "on, another is taken",
            o->weights);
        return false;
    }
    if (known->beta_end > 0.0) {
        o->beta_start = known->beta_start;
        o->beta_end = known->beta_end;
    }
    return cli_keep(o, "schedule", nb_schedule_name(known->schedule));
}

static bool takes_eta(const nb_method_info *m) { return m->takes_eta; }
static bool takes_variance(const nb_method_info *m) { return m->takes_variance; }

/* Whether --method takes an option that is given; false after a message. */
static bool is_its_own(const cli_options *o, const char *option, bool (*takes)(const nb_method_info *))
{
    if (!cli_given(o, option) || takes(nb_method_describe(o->method))) return true;
    char names[128] = "";
    for (int i = 0; nb_method_describe((nb_method)i); i++) {
        const nb_method_info *m = nb_method_describe((nb_method)i);
        const size_t used = strlen(names);
        if (takes(m)) snprintf(names + used, sizeof names - used, "%s%s", used ? " or " : "", m->name);
    }
    cli_fail(0, "--%s is an option of %s: with it goes --method %s, not %s", option, names, names,
             nb_method_name(o->method));
    return false;
}

bool cli_check_flow(const cli_options *o, bool flow)
{
    static const char *const of_schedules[] = {"schedule", "timesteps", "zero-terminal-snr", "any-schedule"};
    for (int i = 0; flow && i < 4; i++) {
        if (!cli_given(o, of_schedules[i])) continue;
        cli_fail(0, "--%s: a flow has no schedule, its x_t = (1 - t) x_0 + t eps", of_schedules[i]);
        return false;
    }
    if (flow || !cli_given(o, "times")) return true;
    cli_fail(0, "--times: only flows are sampled at times; %s holds no flow's weights", o->weights);
    return false;
}

bool cli_check_method(const cli_options *o)
{
    return is_its_own(o, "eta", takes_eta) && is_its_own(o, "variance", takes_variance);
}
