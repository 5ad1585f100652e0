#include "commands.h"

#define OF_ORGANIZATION {"organization", "ID_OR_NAME", true, "the organization"}
#define OF_USER {"user", "NAME", true, "the user"}
#define OF_SERVICE_ACCOUNT {"service-account", "NAME", true, "the service account"}
#define WITH_ROLE {"role", "ROLE", true, "admin, manager, viewer, billing_admin or member"}
#define WITH_NAME {"name", "NAME", false, "what to call it; unique for its account"}

const struct command commands[] = {
    {"check", NULL, NULL, "Check configuration, database, schema and signing keys, and say what to do.",
     {{"url", "URL", false, "also check the web server that serves the API at this URL"}}, false, run_check},
    {"migrate", NULL, NULL, "Bring the database's schema up to date.",
     {{"status", NULL, false, "only show which migrations are applied"}}, true, run_migrate},

    {"user", "create", "NAME", "Create a user; prints the id.",
     {{"email", "E", false, "the user's mail address"},
      {"full-name", "N", false, "the user's name as people write it"},
      {"superuser", NULL, false, "may do everything to every organization"},
      {"organization-limit", "N", false, "how many organizations it may own; default: max_organizations_per_user"}},
     true, run_user_create},
    {"user", "list", NULL, "List the users.", {{0}}, true, run_user_list},
    {"user", "show", "NAME", "Show a user.", {{0}}, true, run_user_show},
    {"user", "activate", "NAME", "Let a user in again.", {{0}}, true, run_user_activate},
    {"user", "deactivate", "NAME", "Shut a user out, with the very next request.", {{0}}, true, run_user_deactivate},
    {"user", "set", "NAME", "Change a user.",
     {{"email", "E", false, "the mail address; empty for none"},
      {"full-name", "N", false, "the name; empty for none"},
      {"superuser", "yes|no", false, "whether it may do everything"},
      {"organization-limit", "N|default", false, "how many organizations it may own"}},
     true, run_user_set},

    {"service-account", "create", "NAME", "Create a service account of an organization; prints the id.",
     {OF_ORGANIZATION, WITH_ROLE}, true, run_service_account_create},
    {"service-account", "list", NULL, "List the service accounts.",
     {{"organization", "ID_OR_NAME", false, "only those of this organization"}}, true, run_service_account_list},
    {"service-account", "show", "NAME", "Show a service account.", {{0}}, true, run_service_account_show},
    {"service-account", "activate", "NAME", "Let a service account in again.", {{0}}, true, run_service_account_activate},
    {"service-account", "deactivate", "NAME", "Shut a service account out, with the very next request.", {{0}}, true,
     run_service_account_deactivate},
    {"service-account", "set", "NAME", "Give a service account another role.", {WITH_ROLE}, true, run_service_account_set},
    {"service-account", "delete", "NAME", "Delete a service account and its keys.", {{0}}, true, run_service_account_delete},

    {"key", "create", NULL, "Create an API key; prints it, once.", {OF_SERVICE_ACCOUNT, WITH_NAME}, true, run_key_create},
    {"key", "list", NULL, "List the API keys of a service account.", {OF_SERVICE_ACCOUNT}, true, run_key_list},
    {"key", "rotate", "ID", "Give an API key a new secret; prints it, once.",
     {{"retain", "MINUTES", false, "how long the old secret goes on working; default: not at all"}}, true, run_key_rotate},
    {"key", "activate", "ID", "Let an API key in again.", {{0}}, true, run_key_activate},
    {"key", "deactivate", "ID", "Shut an API key out, with the very next request.", {{0}}, true, run_key_deactivate},
    {"key", "delete", "ID", "Delete an API key.", {{0}}, true, run_key_delete},

    {"token", "create", NULL, "Create a personal access token of a user; prints it, once.", {OF_USER, WITH_NAME}, true,
     run_token_create},
    {"token", "list", NULL, "List the personal access tokens of a user.", {OF_USER}, true, run_token_list},
    {"token", "activate", "ID", "Let a personal access token in again.", {{0}}, true, run_token_activate},
    {"token", "deactivate", "ID", "Shut a personal access token out.", {{0}}, true, run_token_deactivate},
    {"token", "delete", "ID", "Delete a personal access token.", {{0}}, true, run_token_delete},

    {"organization", "list", NULL, "List the organizations.", {{0}}, true, run_organization_list},
    {"organization", "show", "ID_OR_NAME", "Show an organization.", {{0}}, true, run_organization_show},
    {"organization", "delete", "ID_OR_NAME", "Delete an organization and all that belongs to it.", {{0}}, true,
     run_organization_delete},

    {"member", "set", NULL, "Make a user a member of an organization, or change the role.", {OF_ORGANIZATION, OF_USER, WITH_ROLE},
     true, run_member_set},
    {"member", "list", NULL, "List the members of an organization.", {OF_ORGANIZATION}, true, run_member_list},
    {"member", "remove", NULL, "End a user's membership.", {OF_ORGANIZATION, OF_USER}, true, run_member_remove},

    {"subscription", "set", NULL, "Set the subscription status of an organization.",
     {OF_ORGANIZATION,
      {"status", "STATUS", true, "trialing, active or canceled"},
      {"trial-days", "N", false, "days from now until the trial ends; default: trial_days"}},
     true, run_subscription_set},

    {"signing-key", "generate", NULL, "Make the file with the first signing key; prints its kid.",
     {{"alg", "ALG", false, "ES256 (default) or RS256"}}, false, run_signing_key_generate},
    {"signing-key", "rotate", NULL, "Sign with a new key from now on; the old ones still verify. Prints the kid.",
     {{"alg", "ALG", false, "ES256 (default) or RS256"}}, false, run_signing_key_rotate},
    {"signing-key", "list", NULL, "List the signing keys; the first one signs.", {{0}}, false, run_signing_key_list},
    {"signing-key", "prune", NULL, "Drop keys whose last tokens have expired.", {{0}}, false, run_signing_key_prune},
    {.noun = NULL},
};
