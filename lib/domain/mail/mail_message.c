#include "mail_message.h"

#include "base/text.h"
#include "web/mime.h"
#include "web/url.h"

#define DATE_SIZE 40

/* RFC 5322, 3.3. A week has begun on Thursday, 1970-01-01. */
static void write_date(struct timestamp time, char out[DATE_SIZE])
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct timestamp_fields at;
    int64_t day = time.us / US_PER_S / S_PER_DAY;

    timestamp_to_fields(time, &at);
    snprintf(out, DATE_SIZE, "%.3s, %u %.3s %u %02u:%02u:%02u +0000", days + day % 7 * 3, at.day,
             months + (size_t)(at.month - 1) * 3, at.year, at.hour, at.minute, at.second);
}

static void add_head(struct buf *out, const struct call *call, const struct mail_row *mail, const char *id)
{
    const struct config *config = call->config;
    const char *name = config->mail_from_name[0] != '\0' ? config->mail_from_name : config->operator_name;
    char date[DATE_SIZE];

    write_date(mail->created, date);
    buf_printf(out, "Date: %s\r\n", date);
    mime_add_mailbox(out, "From", text_of(name), text_of(config->mail_from));
    if (config->mail_reply_to[0] != '\0')
        mime_add_mailbox(out, "Reply-To", (struct text){NULL, 0}, text_of(config->mail_reply_to));
    mime_add_mailbox(out, "To", (struct text){NULL, 0}, mail->recipient);
    mime_add_field(out, "Subject", mail->subject);
    buf_printf(out, "Message-ID:\r\n <%s@%s>\r\n", id, url_host(config->public_url, call->arena));
    buf_add_literal(out, "Auto-Submitted: auto-generated\r\n"); /* RFC 3834, 5 */
    mime_add_field(out, "Content-Language", mail->language);
    buf_add_literal(out, "MIME-Version: 1.0\r\n");
}

/* What quoted-printable writes never holds "=_", with which the boundary begins. */
void mail_message_write(struct buf *out, const struct call *call, const struct mail_row *mail)
{
    char id[ID_TEXT_SIZE];

    id_format(&mail->id, id);
    add_head(out, call, mail, id);
    buf_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_%s\"\r\n\r\n--=_%s\r\n", id, id);
    mime_add_part(out, "text/plain", mail->text_body);
    buf_printf(out, "--=_%s\r\n", id);
    mime_add_part(out, "text/html", mail->html_body);
    buf_printf(out, "--=_%s--\r\n", id);
}
