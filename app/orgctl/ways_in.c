/* What opens the accounts of users besides keys: browsers that are signed in, and applications that were let in. */
#include "base/text.h"
#include "commands.h"
#include "domain/accounts/way_in.h"

static int list(const struct invocation *in, enum way_in_kind kind, const char *empty, struct error *err)
{
    struct account user;
    struct way_in *ways;
    int64_t count;

    if (account_get_user(&in->call, command_option(in, "user"), &user, err) < 0)
        return -1;
    count = way_in_list_all(&in->call, kind, &user.id, &ways, err);
    for (int64_t i = 0; i < count; i++) {
        output_row(in->output);
        output_id(in->output, "id", &ways[i].id);
        if (kind == WAY_IN_GRANT) {
            output_text(in->output, "client_name", ways[i].client_name);
            output_text(in->output, "client_id", ways[i].client);
        }
        output_time(in->output, "created", ways[i].created);
        if (kind == WAY_IN_GRANT)
            output_time(in->output, "last_used", ways[i].last_used);
        output_time(in->output, "expires", ways[i].expires);
    }
    if (count >= 0)
        output_list(in->output, empty);
    return count < 0 ? -1 : 0;
}

static int end(const struct invocation *in, enum way_in_kind kind, const char *question, const char *report,
               struct error *err)
{
    struct way_in_owner owner;
    struct id id;

    if (command_id(in, &id, err) < 0 || way_in_find_owner(&in->call, kind, &id, &owner, err) < 0 ||
        command_confirm(in, err, "%s %s?", question, owner.name.data) < 0 || way_in_end(&in->call, kind, &id, err) < 0)
        return -1;
    command_report(in, "%s %s has ended\n", report, owner.name.data);
    command_show_null(in);
    return 0;
}

int run_session_list(const struct invocation *in, struct error *err)
{
    return list(in, WAY_IN_SESSION, "The user is signed in nowhere.", err);
}

int run_session_end(const struct invocation *in, struct error *err)
{
    return end(in, WAY_IN_SESSION, "End this session, and all that was granted in it, of", "This session of", err);
}

int run_grant_list(const struct invocation *in, struct error *err)
{
    return list(in, WAY_IN_GRANT, "The user has let in no application.", err);
}

int run_grant_end(const struct invocation *in, struct error *err)
{
    return end(in, WAY_IN_GRANT, "End what this application was granted by", "What this application was granted by",
               err);
}
