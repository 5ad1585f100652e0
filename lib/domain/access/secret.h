/* Credentials as their holders see them: a prefix that tells the kind, the id, and the secret bytes. */
#ifndef ORGD_SECRET_H
#define ORGD_SECRET_H

#include "base/digest.h"
#include "base/id.h"

#define SECRET_BYTES 32
#define SECRET_PREFIX_LENGTH 7
/* The prefix, 64 characters of base64url and the NUL. */
#define SECRET_TEXT_SIZE (SECRET_PREFIX_LENGTH + 64 + 1)

#define SECRET_PREFIX_API_KEY "ORGKEY_"
#define SECRET_PREFIX_PERSONAL_TOKEN "ORGPAT_"
#define SECRET_PREFIX_CLIENT "ORGSEC_"
#define SECRET_PREFIX_SESSION "ORGSES_"
#define SECRET_PREFIX_CODE "ORGCOD_"
#define SECRET_PREFIX_REFRESH_TOKEN "ORGREF_"
#define SECRET_PREFIX_DEVICE_CODE "ORGDEV_"
#define SECRET_PREFIX_INVITATION "ORGINV_"
#define SECRET_PREFIX_MAILED_INVITATION "ORGINM_"
#define SECRET_PREFIX_PASSWORD_LINK "ORGRES_"
#define SECRET_PREFIX_ADDRESS_LINK "ORGADR_"

struct secret {
    struct id id;
    uint8_t bytes[SECRET_BYTES];
};

/* Writes the prefix (one of SECRET_PREFIX_*) and the base64url of id and bytes. Wipe `out` after use. */
void secret_format(const char *prefix, const struct secret *secret, char out[SECRET_TEXT_SIZE]);

/* Makes a new secret for `id`: its text goes to whoever is to hold it, its digest is what we keep. Wipe `out` after
 * use:
 *
 *     char key[SECRET_TEXT_SIZE];
 *     struct digest digest = secret_make(SECRET_PREFIX_API_KEY, &id, key);
 */
struct digest secret_make(const char *prefix, const struct id *id, char out[SECRET_TEXT_SIZE]);

/* Reads what secret_format() wrote. Returns false if the prefix, the length or the alphabet differs. */
bool secret_parse(struct text text, const char *prefix, struct secret *out);

/* Reads the id of the row that a secret names, and the digest of its text. Returns false if there is no text, or it has
 * another form. */
bool secret_read(struct text text, const char *prefix, struct id *id, struct digest *digest);

#endif
