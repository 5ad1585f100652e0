/* The page behind the link that was mailed to an address. */
#include "base/text.h"
#include "domain/accounts/address_proof.h"
#include "http/handlers.h"
#include "message.h"
#include "pages/templates.h"
#include "web/parameters.h"

int handle_confirm_address_page(struct exchange *exchange, struct error *err)
{
    struct text secret = parameters_find(&exchange->request->query, "secret");
    struct mailed_link_visit visit;

    if (mailed_link_open(&exchange->call, &mailed_link_address, secret, &visit, err) < 0)
        return -1;
    return confirm_address_page_show(
        exchange, NULL, CONFIRM_ADDRESS_PAGE(.username = visit.username, .email = visit.email, .secret = secret));
}

int handle_confirm_address(struct exchange *exchange, struct error *err)
{
    if (address_proof_confirm(&exchange->call, parameters_find(&exchange->form, "secret"), err) < 0)
        return -1;
    return message_show(exchange, N_("Your address is confirmed"),
                        N_("It counts from now on: mails about your account come there, and you can sign in with it."));
}
