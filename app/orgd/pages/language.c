#include "language.h"

#include "base/text.h"
#include "web/sentence.h"

const struct catalogue *language_of(const struct exchange *exchange)
{
    return catalogue_choose(catalogues, http_request_variable(exchange->request, "HTTP_ACCEPT_LANGUAGE"));
}

struct text language_say(const struct exchange *exchange, const char *english)
{
    return text_of(catalogue_find(language_of(exchange), english));
}

static struct text say_wait(const struct exchange *exchange, int64_t seconds)
{
    const char *sentence = catalogue_find_plural(language_of(exchange),
                                                 NP_("There were too many attempts. Try again in {{seconds}} second.",
                                                     "There were too many attempts. Try again in {{seconds}} seconds."),
                                                 seconds);

    return text_of(sentence_of_number(exchange->call.arena, sentence, "seconds", seconds));
}

struct text language_say_error(const struct exchange *exchange, const struct error *err)
{
    return err->kind == ERR_TOO_MANY ? say_wait(exchange, err->retry_after_s) : language_say(exchange, err->message);
}
