#include "message.h"

#include "base/text.h"
#include "http/handlers.h"
#include "language.h"
#include "pages/templates.h"

static struct text address_of(const struct exchange *exchange, const char *path)
{
    return text_of(arena_printf(exchange->call.arena, "%s%s", exchange->request->mount, path));
}

int message_show(struct exchange *exchange, const char *title, const char *sentence)
{
    return message_lead_on(exchange, title, sentence, "/", N_("To the front page"));
}

int message_lead_on(struct exchange *exchange, const char *title, const char *sentence, const char *path,
                    const char *link)
{
    return message_page_show(exchange, MESSAGE_PAGE(.is_error = false, .title = language_say(exchange, title),
                                                    .sentence = language_say(exchange, sentence),
                                                    .onward = address_of(exchange, path),
                                                    .onward_text = language_say(exchange, link)));
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
    bool is_stale = err->kind == ERR_STALE_FORM;
    const char *link = is_stale ? N_("See who is signed in") : N_("To the front page");

    message_page_show(exchange, MESSAGE_PAGE(.is_error = true, .title = language_say(exchange, title_of(err->kind)),
                                             .sentence = language_say_error(exchange, err),
                                             .onward = address_of(exchange, is_stale ? "/auth/sign-in" : "/"),
                                             .onward_text = language_say(exchange, link)));
}
