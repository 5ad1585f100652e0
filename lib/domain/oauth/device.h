/* The device grant (RFC 8628): a program without a browser shows a short code, and a person types it into a browser. */
#ifndef ORGD_DEVICE_H
#define ORGD_DEVICE_H

#include "domain/access/secret.h"
#include "domain/accounts/session.h"
#include "grant.h"

#define DEVICE_USER_CODE_SIZE 10 /* "WDJB-MJHT" and the NUL */
#define DEVICE_LIFETIME_S 600

/* The device that asks. `client` is the id of a client, registered or not. */
struct device_request {
    struct text client;
    struct id device; /* nil: make one */
    struct text user_agent;
    struct text address;
};

struct device_codes {
    char device_code[SECRET_TEXT_SIZE];
    char user_code[DEVICE_USER_CODE_SIZE];
    int64_t interval_s;
};

int device_start(const struct call *call, const struct device_request *request, struct device_codes *out,
                 struct error *err) NODISCARD;

/* A device that waits for a decision. */
struct device_pending {
    struct id id;
    struct text client;
    struct text user_agent;
    struct text address;
};

/* Reads a code as a person types it, and writes it as the device shows it. Case does not count; whatever no code has in
 * it, such as the dashes and blanks of a phone's keyboard, is dropped. Returns false if the rest cannot be a code. */
bool device_read_user_code(struct text typed, char out[DEVICE_USER_CODE_SIZE]);

/* Finds the device that waits with this code, as device_read_user_code() wrote it. Returns 1, 0 if there is none, or
 * -1.
 */
int device_find(const struct call *call, const char *user_code, struct device_pending *out,
                struct error *err) NODISCARD;

/* Allows the device access, or denies it. Fails with ERR_NOT_FOUND if that was already decided, or the code or the
 * session has ended. */
int device_decide(const struct call *call, const struct device_pending *device, const struct session *session,
                  bool is_approved, struct error *err) NODISCARD;

struct device_grant {
    struct granted granted;
    struct id device;
    struct text user_agent;
    struct text address;
};

/* Answers a poll of this client: makes the grant, which uses the code up. Refuses as in RFC 8628, 3.5:
 * ERR_AUTHORIZATION_PENDING, ERR_SLOW_DOWN, ERR_ACCESS_DENIED, ERR_EXPIRED_TOKEN; ERR_INVALID_GRANT if the code is
 * unknown to this client, or used. */
int device_poll(const struct call *call, struct text device_code, struct text client, struct device_grant *out,
                struct error *err) NODISCARD;

#endif
