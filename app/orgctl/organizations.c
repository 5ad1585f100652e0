#include <string.h>

#include "base/text.h"
#include "commands.h"
#include "domain/organizations/subscription.h"

static void add_organization(const struct invocation *in, const struct organization_summary *organization)
{
    output_row(in->output);
    output_text(in->output, "name", organization->organization.name);
    output_id(in->output, "id", &organization->organization.id);
    output_text(in->output, "owner", organization->owner);
    output_int(in->output, "members", organization->members);
    output_text(in->output, "subscription",
                text_of(subscription_name((enum subscription_status)organization->organization.subscription_status)));
    output_time(in->output, "trial_end", organization->organization.trial_end);
    output_time(in->output, "created", organization->organization.created);
    output_time(in->output, "updated", organization->organization.updated);
}

/* What would make a table too wide. */
static void add_details(const struct invocation *in, const struct organization *organization)
{
    output_text(in->output, "description", organization->description);
    output_text(in->output, "logo_url", organization->logo_url);
    output_json(in->output, "links", organization->links,
                organization->links.data == NULL ? "null" : text_escape_json(in->call.arena, organization->links));
}

int run_organization_list(const struct invocation *in, struct error *err)
{
    const char *order_by = command_option(in, "order-by");
    enum organization_order order = ORGANIZATION_BY_CREATED;
    struct organization_summary *organizations;
    int64_t count;

    if (order_by != NULL && !organization_order_parse(text_of(order_by), &order))
        return error_set(err, ERR_VALIDATION, "--order-by %s: must be created, -created, name or -name", order_by);
    count = organization_summarize_all(&in->call, command_option(in, "search"), order, &organizations, err);
    for (int64_t i = 0; i < count; i++) {
        add_organization(in, &organizations[i]);
        if (in->output->is_json)
            add_details(in, &organizations[i].organization);
    }
    if (count >= 0)
        output_list(in->output, "There are no organizations.");
    return count < 0 ? -1 : 0;
}

static int show(const struct invocation *in, const char *id_or_name, struct error *err)
{
    struct organization_summary organization;

    if (organization_summarize(&in->call, id_or_name, &organization, err) < 0)
        return -1;
    add_organization(in, &organization);
    add_details(in, &organization.organization);
    output_record(in->output);
    return 0;
}

int show_organization(const struct invocation *in, const struct id *id, struct error *err)
{
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    return show(in, text, err);
}

int run_organization_show(const struct invocation *in, struct error *err)
{
    return show(in, in->argument, err);
}

int run_organization_delete(const struct invocation *in, struct error *err)
{
    struct organization_summary organization;

    if (organization_summarize(&in->call, in->argument, &organization, err) < 0 ||
        command_confirm_name(in, organization.organization.name, err,
                             "Delete the organization %s of %s with its %lld member%s and all that belongs to it?",
                             organization.organization.name.data, organization.owner.data,
                             (long long)organization.members, organization.members == 1 ? "" : "s") < 0 ||
        organization_delete(&in->call, &organization.organization.id, NULL, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", organization.organization.name.data);
    command_show_null(in);
    return 0;
}

int run_subscription_set(const struct invocation *in, struct error *err)
{
    const char *name = command_option(in, "status");
    enum subscription_status status = SUBSCRIPTION_NONE;
    struct organization_summary organization;
    struct timestamp trial_end = {0};
    int64_t days;

    if (!subscription_parse(name, &status))
        return error_set(err, ERR_VALIDATION, "--status %s: must be trialing, active or canceled", name);
    if (status != SUBSCRIPTION_TRIALING && command_option(in, "trial-days") != NULL)
        return error_set(err, ERR_VALIDATION, "--trial-days goes with --status trialing only");
    if (command_int(in, "trial-days", 0, 36500, in->call.config->trial_days, &days, err) < 0 ||
        command_organization(in, &organization, err) < 0)
        return -1;
    if (status == SUBSCRIPTION_TRIALING)
        trial_end.us = in->call.now.us + days * S_PER_DAY * US_PER_S;
    if (subscription_set(&in->call, &organization.organization.id, status, trial_end, err) < 0)
        return -1;
    command_report(in, "%s is %s\n", organization.organization.name.data, name);
    return command_shows_result(in) ? show(in, command_option(in, "organization"), err) : 0;
}
