#include "domain/accounts/account.h"
#include "http/handlers.h"

int handle_whoami(struct exchange *exchange, struct error *err)
{
    struct service *service = exchange->service;
    struct account account;

    if (account_of_credential(service->db, service->arena, &exchange->call.caller.credential, exchange->call.now,
                              &account, err) < 0)
        return -1;
    account_write_json(&exchange->response->body, &account);
    return 0;
}
