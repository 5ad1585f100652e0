#include "mail.h"

#include "base/memory.h"
#include "base/text.h"
#include "mail_rules.h"
#include "mail_sql.h"

#define SUBJECT_BYTES_MAX 500
#define BODY_BYTES_MAX ((size_t)128 * 1024)

bool mail_is_set(const struct config *config)
{
    return config->mail_server[0] != '\0';
}

bool mail_is_for_couriers(const struct config *config)
{
    return mail_is_set(config) && mail_program(config->mail_server) == NULL;
}

struct text mail_time(const struct call *call, struct timestamp time)
{
    char text[TIMESTAMP_TEXT_SIZE];

    timestamp_format(time, text);
    return text_of(arena_printf(call->arena, "%.10s %.5s", text, text + 11));
}

struct mail_frame mail_frame_of(const struct call *call, const struct mail *mail)
{
    const struct config *config = call->config;
    const struct catalogue *catalogue = catalogue_choose(catalogues, mail->language.data);
    const char *english = N_("Organizations API");

    return (struct mail_frame){
        .catalogue = catalogue,
        .language = text_of(catalogue_language(catalogue)),
        .service =
            text_of(config->operator_name[0] != '\0' ? config->operator_name : catalogue_find(catalogue, english)),
        .address = text_of(config->public_url),
    };
}

struct mail_writing mail_begin(void)
{
    struct mail_writing writing;

    buf_init(&writing.subject, BODY_BYTES_MAX);
    buf_init(&writing.text, BODY_BYTES_MAX);
    buf_init(&writing.html, BODY_BYTES_MAX);
    return writing;
}

void mail_add_plain(struct buf *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == '\x7f')
            buf_add_char(out, ' ');
        else
            buf_add_char(out, text.data[i]);
    }
}

/* Releases the buffer. */
static struct text take(struct arena *arena, struct buf *buf)
{
    struct text text = TEXT("");

    if (buf->overflowed)
        memory_ran_out(NULL);
    else if (buf->length > 0)
        text = (struct text){arena_strndup(arena, buf->data, buf->length), buf->length};
    buf_release(buf);
    return text;
}

struct mail_texts mail_end(const struct call *call, const struct mail *mail, struct mail_writing *writing)
{
    return (struct mail_texts){
        .language = mail_frame_of(call, mail).language,
        .subject = take(call->arena, &writing->subject),
        .text = take(call->arena, &writing->text),
        .html = take(call->arena, &writing->html),
    };
}

/* Ends between two characters. */
static struct text cut(struct text text, size_t maximum)
{
    if (text.length <= maximum)
        return text;
    while (maximum > 0 && ((unsigned char)text.data[maximum] & 0xc0) == 0x80)
        maximum--;
    return (struct text){text.data, maximum};
}

void mail_withdraw(struct db_unit *unit, const struct mail_withdrawal *withdrawal)
{
    db_unit_add(unit, &mail_sql_withdraw, withdrawal);
}

void mail_add(struct db_unit *unit, const struct call *call, const struct mail *mail, const char *kind,
              const struct mail_texts *texts)
{
    struct mail_insert_params params = {
        .id = id_new(call->now),
        .kind = text_of(kind),
        .organization_id = mail->organization_id,
        .recipient = mail->address,
        .language = texts->language,
        .subject = cut(texts->subject, SUBJECT_BYTES_MAX),
        .text_body = texts->text,
        .html_body = texts->html,
        .now = call->now,
        .since.us = call->now.us - S_PER_DAY * US_PER_S,
        .most = MAIL_OF_ORGANIZATION_MAX,
        .most_to_one = MAIL_TO_ONE_MAX,
        .expires.us = mail->useful_us == 0 ? 0 : call->now.us + mail->useful_us,
        .give_up.us = call->now.us + MAIL_TRIED_US,
    };

    if (!mail_is_set(call->config) || mail->address.data == NULL)
        return;
    if (params.expires.us != 0 && params.expires.us < params.give_up.us)
        params.give_up = params.expires;
    db_unit_require(
        unit, &mail_sql_insert, &params, ERR_TOO_MANY,
        "The organization has sent as many mails within a day as it may, in all or to this address; try again "
        "later.");
}
