#include "message.h"

#include "http/handlers.h"
#include "language.h"
#include "pages/templates.h"

int message_show(struct exchange *exchange, const char *title, const char *sentence)
{
    return message_page_show(exchange, MESSAGE_PAGE(.is_error = false, .title = language_say(exchange, title),
                                                    .sentence = language_say(exchange, sentence)));
}

static const char *title_of(enum error_kind kind)
{
    switch (kind) {
    case ERR_UNKNOWN_APPLICATION:
        return N_("This application cannot sign you in");
    case ERR_LONG_ADDRESS:
        return N_("This address is too long");
    case ERR_STALE_FORM:
        return N_("This page is out of date");
    default:
        return N_("This did not work");
    }
}

void show_problem(struct exchange *exchange, const struct error *err)
{
    message_page_show(exchange, MESSAGE_PAGE(.is_error = true, .title = language_say(exchange, title_of(err->kind)),
                                             .sentence = language_say_error(exchange, err)));
}
