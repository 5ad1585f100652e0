#include "domain/accounts/account.h"
#include "http/handlers.h"

int handle_whoami(struct exchange *exchange, struct error *err)
{
    struct account account;

    if (account_of_credential(&exchange->call, &exchange->call.caller.credential, &account, err) < 0)
        return -1;
    actor_note(exchange->call.actor, &account.id, &exchange->call.caller.credential.id);
    account_write_json(&exchange->response->body, &account);
    return 0;
}
