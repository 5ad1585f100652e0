#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "http/handlers.h"
#include "http/models.h"
#include "pages/templates.h"
#include "web/preference.h"

#define NAME "Organizations API"

static const struct field fields[] = {
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "What this is."},
    {.name = "version", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "The program's version."},
    {.name = "documentation", .type = FIELD_URL, .flags = FIELD_REQUIRED, .description = "The reference of the API."},
    {.name = NULL},
};

const struct model service_model = {"Service", fields,
                                    .example = "{\"name\":\"" NAME "\",\"version\":\"" PACKAGE_VERSION
                                               "\",\"documentation\":\"https://orgd.example.com/docs\"}"};

/* Who takes anything gets JSON, as all programs did before there were pages. */
static bool prefers_page(const struct exchange *exchange)
{
    const char *accept = http_request_variable(exchange->request, "HTTP_ACCEPT");

    return preference_for_media(accept, "text/html") > preference_for_media(accept, "application/json");
}

static struct text set_text(const char *setting)
{
    return setting[0] == '\0' ? (struct text){NULL, 0} : text_of(setting);
}

/* Returns the contact as people read it: of mailto: the address alone. */
static struct text contact_text(const char *contact)
{
    const char *address = strncmp(contact, "mailto:", 7) == 0 ? contact + 7 : contact;

    return address == contact ? text_of(contact) : (struct text){address, strcspn(address, "?")};
}

static int show_page(struct exchange *exchange)
{
    const struct config *config = exchange->service->config;

    return front_page_show(exchange,
                           FRONT_PAGE(.operator_name = set_text(config->operator_name),
                                      .contact = set_text(config->operator_contact),
                                      .contact_text = contact_text(config->operator_contact),
                                      .address = text_of(config->public_url), .version = TEXT(PACKAGE_VERSION)));
}

static void write_json(struct exchange *exchange)
{
    struct buf *body = &exchange->response->body;

    buf_add_literal(body, "{\"name\":\"" NAME "\",\"version\":\"" PACKAGE_VERSION "\",\"documentation\":");
    jsonw_string(body, arena_printf(exchange->request->arena, "%s/docs", exchange->service->config->public_url));
    buf_add_char(body, '}');
}

int handle_front(struct exchange *exchange, struct error *err)
{
    (void)err;
    http_response_header(exchange->response, "Vary", "Accept, Accept-Language");
    if (prefers_page(exchange))
        return show_page(exchange);
    write_json(exchange);
    return 0;
}
