#include <jansson.h>

#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/memory.h"
#include "handlers.h"
#include "openapi_json.h"

/* In the document, URLs of the OAuth2 flows are relative to the mount point, which only a request tells. */
static int complete_flows(json_t *document, const char *mount)
{
    json_t *schemes = json_object_get(json_object_get(document, "components"), "securitySchemes");
    const char *key;
    json_t *scheme;

    json_object_foreach(schemes, key, scheme)
    {
        const char *flow_name;
        json_t *flow;

        json_object_foreach(json_object_get(scheme, "flows"), flow_name, flow)
        {
            const char *member;
            json_t *url;

            json_object_foreach(flow, member, url)
            {
                if (json_is_string(url) &&
                    json_object_set_new(flow, member, json_sprintf("%s/%s", mount, json_string_value(url))) < 0)
                    return -1;
            }
        }
    }
    return 0;
}

int handle_openapi(struct exchange *exchange, struct error *err)
{
    const char *mount = exchange->request->mount;
    json_t *document = jsonr_parse(TEXT(openapi_json), 0, NULL);

    if (document == NULL && memory_has_run_out())
        return memory_ran_out(err);
    if (document == NULL)
        return error_set(err, ERR_INTERNAL, "The description of this API cannot be read.");
    if (json_object_set_new(document, "servers", json_pack("[{s:s}]", "url", mount[0] == '\0' ? "/" : mount)) < 0 ||
        complete_flows(document, mount) < 0)
        memory_ran_out(NULL);
    jsonw_value(&exchange->response->body, document);
    json_decref(document);
    return 0;
}
