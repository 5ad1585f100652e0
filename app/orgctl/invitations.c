#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "domain/address.h"
#include "domain/organizations/invitation.h"

static void add_invitation(const struct invocation *in, const struct invitation *invitation)
{
    output_row(in->output);
    output_text(in->output, "email", invitation->email);
    output_id(in->output, "id", &invitation->id);
    output_text(in->output, "role", invitation_role_names(&in->call, invitation));
    output_text(in->output, "status", text_of(invitation_status_name(invitation_status_at(invitation, in->call.now))));
    output_text(in->output, "invited_by", invitation->inviter_name);
    output_time(in->output, "created", invitation->created);
    output_time(in->output, "expires", invitation->expires);
}

/* Prints the link, once; with --quiet it is alone on its line. Fails if it did not get to whoever is to have it. */
static int show_link(const struct invocation *in, const struct invitation *invitation, const char *secret,
                     struct error *err)
{
    const char *link = invitation_link(&in->call, secret);

    if (in->is_quiet) {
        puts(link);
    } else {
        add_invitation(in, invitation);
        output_text(in->output, "link", text_of(link));
        output_record(in->output);
        command_report(in, "The link is shown once: hand it over, or make another one by 'invitation resend'.\n");
    }
    return output_flush(err);
}

int run_invitation_create(const struct invocation *in, struct error *err)
{
    struct invitation_input input = {.email = text_of(command_option(in, "email")),
                                     .notify = command_option(in, "no-mail") == NULL};
    struct organization_summary organization;
    struct invitation invitation;
    char secret[SECRET_TEXT_SIZE];
    struct any_role role;
    int result;

    if (command_int(in, "days", 1, INVITATION_DAYS_MAX, INVITATION_DAYS_DEFAULT, &input.expires_in_days, err) < 0 ||
        command_organization(in, &organization, err) < 0 || address_check(input.email, err) < 0 ||
        command_role(in, &organization.organization.id, &role, err) < 0)
        return -1;
    input.role_id = role.id;
    if (invitation_create(&in->call, &organization.organization.id, &input, &invitation, secret, err) < 0)
        return -1;
    result = show_link(in, &invitation, secret, err);
    memory_wipe(secret, sizeof(secret));
    return result;
}

static int find(const struct invocation *in, struct invitation *out, struct error *err)
{
    struct id id;

    return command_id(in, &id, err) < 0 ? -1 : invitation_get(&in->call, &id, out, err);
}

int run_invitation_resend(const struct invocation *in, struct error *err)
{
    struct invitation invitation;
    char secret[SECRET_TEXT_SIZE];
    int result;

    if (find(in, &invitation, err) < 0 ||
        invitation_resend(&in->call, &invitation.organization_id, &invitation.id, &invitation, secret, err) < 0)
        return -1;
    result = show_link(in, &invitation, secret, err);
    memory_wipe(secret, sizeof(secret));
    return result;
}

int run_invitation_revoke(const struct invocation *in, struct error *err)
{
    struct invitation invitation;

    if (find(in, &invitation, err) < 0 ||
        invitation_revoke(&in->call, &invitation.organization_id, &invitation.id, err) < 0)
        return -1;
    command_report(in, "%s is not invited to %s any more\n", invitation.email.data, invitation.organization_name.data);
    command_show_null(in);
    return 0;
}

int run_invitation_list(const struct invocation *in, struct error *err)
{
    struct organization_summary organization;
    struct invitation *invitations;
    int64_t count;

    if (command_organization(in, &organization, err) < 0)
        return -1;
    count = invitation_list_all(&in->call, &organization.organization.id, command_option(in, "all") == NULL,
                                &invitations, err);
    for (int64_t i = 0; i < count; i++)
        add_invitation(in, &invitations[i]);
    if (count >= 0)
        output_list(in->output, "It has no invitations.");
    return count < 0 ? -1 : 0;
}
