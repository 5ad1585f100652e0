/* The models of bodies and answers that the domain does not know, for the route table. */
#ifndef ORGD_MODELS_H
#define ORGD_MODELS_H

#include "web/fields.h"

/* Any object, an id, null, and the forms and answers that app/orgd/api/openapi_frame.json describes. */
extern const struct model object_model;
extern const struct model id_model;
extern const struct model null_model;
extern const struct model service_model;
extern const struct model health_model;
extern const struct model openapi_model;
extern const struct model permission_model;

/* OAuth2 */
extern const struct model login_form;
extern const struct model token_form;
extern const struct model known_token_form;
extern const struct model introspection_form;
extern const struct model device_authorization_form;
extern const struct model token_model;
extern const struct model introspection_model;
extern const struct model device_authorization_model;
extern const struct model metadata_model;
extern const struct model key_set_model;

/* Pages */
extern const struct field authorize_query[];
extern const struct field device_query[];
extern const struct field sign_in_query[];
extern const struct field mailed_link_query[];
extern const struct field invitation_query[];
extern const struct model authorize_form;
extern const struct model device_form;
extern const struct model sign_in_form;
extern const struct model sign_out_form;
extern const struct model forgotten_form;
extern const struct model reset_form;
extern const struct model confirm_form;
extern const struct model invitation_form;
extern const struct model joining_form;

#endif
