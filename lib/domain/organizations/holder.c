#include "holder.h"

#include "base/jsonw.h"
#include "domain/accounts/user.h"
#include "domain/events/event.h"
#include "holder_sql.h"
#include "invitation_private.h"

static const struct {
    struct text name;
    const struct db_statement *statement;
    const char *refusal;
} kinds[] = {
    [HOLDER_ACCOUNT] = {TEXT("account"), &holder_sql_account, "There is no such member in this organization."},
    [HOLDER_TEAM] = {TEXT("team"), &holder_sql_team, "There is no such team in this organization."},
    [HOLDER_INVITATION] = {TEXT("invitation"), &holder_sql_invitation,
                           "There is no such invitation in this organization."},
};

struct text holder_name(enum holder_kind kind)
{
    return kinds[kind].name;
}

bool holder_choose(const struct holder *holders, size_t count, struct holder *out)
{
    size_t given = 0;

    for (size_t i = 0; i < count; i++) {
        if (id_is_nil(&holders[i].id))
            continue;
        *out = holders[i];
        given++;
    }
    return given == 1;
}

int holder_refuse(const struct holder *holder, struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "%s", kinds[holder->kind].refusal);
}

/* ERR_EXISTS would say that what is asked for is so already. */
static int accept_invitation(struct holder_state *state, struct timestamp now, struct error *err)
{
    state->own_roles = state->invitation.own_roles;
    state->mask = state->invitation.mask;
    if (invitation_require_pending(&state->invitation, now, err) == 0)
        return 0;
    err->kind = ERR_FORBIDDEN;
    return -1;
}

int holder_read(const struct call *call, const struct id *organization_id, const struct id *role_id,
                const struct holder *holder, struct holder_state *out, struct error *err)
{
    const struct holder_params params = {*organization_id, holder->id, *role_id};
    int found = db_query_one(call->db, kinds[holder->kind].statement, &params, call->arena, out, err);

    if (found <= 0)
        return found < 0 ? -1 : holder_refuse(holder, err);
    out->kind = holder->kind;
    out->is_member |= holder->kind != HOLDER_ACCOUNT;
    if (holder->kind == HOLDER_INVITATION)
        return accept_invitation(out, call->now, err);
    return holder->is_service && !out->account.is_service ? holder_refuse(holder, err) : 0;
}

void holder_target(struct event *event, const struct holder_state *state)
{
    if (state->kind == HOLDER_TEAM)
        event_target(event, "team", &state->team.id, state->team.name);
    else if (state->kind == HOLDER_INVITATION)
        event_target(event, "invitation", &state->invitation.id, state->invitation.email);
    else
        event_target(event, state->account.is_service ? "service_account" : "user", &state->account.id,
                     state->account.name);
}

void team_write_json(struct buf *out, const struct team *team)
{
    buf_add_char(out, '{');
    jsonw_key(out, "id");
    jsonw_id(out, &team->id);
    jsonw_key(out, "name");
    jsonw_text(out, team->name);
    jsonw_key(out, "description");
    jsonw_text(out, team->description);
    jsonw_key(out, "organization_id");
    jsonw_id(out, &team->organization_id);
    jsonw_key(out, "created");
    jsonw_time(out, team->created);
    jsonw_key(out, "updated");
    jsonw_time(out, team->updated);
    buf_add_char(out, '}');
}

void holder_write_json(struct buf *out, const struct account *account, const struct team *team,
                       const struct invitation *invitation, struct timestamp now)
{
    jsonw_key(out, "user");
    if (id_is_nil(&account->id))
        buf_add_literal(out, "null");
    else
        fields_write_json(out, user_model.fields, account);
    jsonw_key(out, "team");
    if (id_is_nil(&team->id))
        buf_add_literal(out, "null");
    else
        team_write_json(out, team);
    jsonw_key(out, "invitation");
    if (id_is_nil(&invitation->id))
        buf_add_literal(out, "null");
    else
        invitation_write_json(out, invitation, NULL, now);
}
