#include "event_origin.h"

#include "base/text.h"

#define USER_AGENT_LENGTH_MAX 200
#define ADDRESS_LENGTH_MAX 64

struct text event_keep(struct arena *arena, struct text sent, size_t maximum)
{
    char *copy;
    size_t length = 0;
    size_t count = 0;

    if (sent.data == NULL)
        return sent;
    copy = arena_strndup(arena, sent.data, sent.length);
    if (!text_is_utf8(sent))
        for (size_t i = 0; i < sent.length; i++)
            if ((unsigned char)copy[i] >= 0x80)
                copy[i] = '?';
    while (length < sent.length) {
        bool begins = ((unsigned char)copy[length] & 0xc0) != 0x80;

        if (begins && count == maximum)
            break;
        count += begins;
        length++;
    }
    copy[length] = '\0';
    return (struct text){copy, length};
}

struct origin event_origin(const struct call *call)
{
    const struct origin *origin = &call->origin;

    return (struct origin){
        .request_id = origin->request_id,
        .address = event_keep(call->arena, origin->address, ADDRESS_LENGTH_MAX),
        .user_agent = event_keep(call->arena, origin->user_agent, USER_AGENT_LENGTH_MAX),
    };
}
