#include "openapi_responses.h"

#include <stdio.h>

#include "openapi_refusals.h"

json_t *openapi_responses(const struct route *route)
{
    json_t *by_status[OPENAPI_STATUS_END] = {NULL};
    json_t *responses = json_object();
    bool has_success = false;

    for (const struct route_answer *answer = route->answers; answer->status != 0; answer++)
        openapi_set_response(by_status, answer->status, openapi_response_of_answer(answer));
    openapi_add_refusals(by_status, route);
    for (int status = 0; status < OPENAPI_STATUS_END; status++) {
        char key[8];

        snprintf(key, sizeof(key), "%d", status);
        if (by_status[status] != NULL)
            json_object_set_new(responses, key, by_status[status]);
        has_success |= by_status[status] != NULL && status / 100 == 2;
    }
    if (!has_success) /* a form that only leads elsewhere */
        json_object_set_new(responses, "default",
                            openapi_response_of("Any other answer is a page, too.", openapi_content_of_page()));
    return responses;
}
