#include "keys.h"

#include <assert.h>
#include <jose/b64.h>
#include <jose/cfg.h>
#include <jose/jws.h>

#include "base/text.h"

const char keys_ours[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"use\":\"sig\",\"kid\":\"ours\",\"x\":\"EgHnPCQ36Op3EYPTM-tHH"
    "zgNlfYp34CPvEZB_GLzlRs\",\"y\":\"OYT0vQXrJ1TTXX3CuC3tWMuX_s-ddOLZxNzrh5IPTYI\",\"d\":\"uj5xatHtJP6hFx-LCWnZX"
    "zBPrwlA6LeDWmDbpo6GbAY\"},{\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\"kid\":\"retired\",\"n\":\"p3Pes3kb_rvQ5Al"
    "A5FzQsBWR3OfKd4aenFT2rRROzyE5kzoumviuyt7YIceoNxn1zfOXAeei5jxfRk6Ug5c0Ty37cI2fMIADnyol8QanSfrmnZLet5M"
    "0gEWtwuAH27Iix0ZRqGISABd_RTv4Eu3rmfswiHW_5lUETLtredjOJKVTAMtET3IcORit0193bMOmjNA0ajD4bPPTSPHZQpO-jby"
    "lmREWfSbR9rkTMnRzSWbEmTCBjm9fOz89KXGvmH55OIINZCgbIu-XRYFmJXbHinPNYbuA2W8SAf7U-9_pOTcdS96NNzKQGXWj6CV"
    "Y5UOJ6Q0TubIyGPhos0E_b0v4ew\",\"e\":\"AQAB\",\"d\":\"TcwXe2qZBxBbTJa__1jf2-8phWhrOHzi097lfCQjOThGd5Bgdr9y9e3"
    "ynD8WeAMnoDe7wLbNiAokeZWoijqFowPJ_dDOVMok5J3AYuqkbkqTOkIyFzfc_Hti71cGT5vDbLHO3lwx4LkJ-DCUYLcI7tE1CzE"
    "ppul4xe2NUV7Y50zngnrJ4RkwtG6EXQZ0c-VvO-JugNRbq0iZC1cZAGpsqpT9-AP0TFykcprNGdx0K13vbQiXmz0rknQ17-OdTR7"
    "9aU2Dr8Xd8goch1ThD-SOvt3P7tCrZrXsCLCzBSXkctrMitjaMl3PgAvvZhbkUYs9y4D5sr_6QRWGVBr0G3zZAQ\",\"p\":\"1ALN8u"
    "Y1WCFr6LxshxP9jKp1Xww068yptc6_ORqErlYhLpqdATWdPpEqL63VVXUIzI1c5OHi7gM1D7MlT8yJEdyQsgEHn5QhuE0bqSa3zu"
    "JuafNECicB8wn7lZkD-ZMtWilQu3JnKVwgq3MMoq-yvA7artLHnf3bnIkaFrHDpfk\",\"q\":\"yjJM2kHLwBOlTA4dKscioKqlz44e"
    "yTt-rYUX0ZkqQwZ97pyA5NkVvlD7c9LVnY_gXexqPYh0tW0LUVh89g3oIb2EA5DI7Soctt6xAFoKc3LHP4q2M19p3osTSsWGbrNc"
    "xNYZR2Ie7ODifrIeI8aWMM48CUJyNFDKIx76Bj95nxM\",\"dp\":\"Ezm54Vf86GQHfBByKwGmEXZ3tEnQFr31edYoww3jkEehNK-yo"
    "yRwgPb7A13ZJam6RYpgLSVKxdimnCjbrlPW7ja5LFspjNALCsJ7SqiHLIyeBJ-ZwO3uoFJ8bQF2OdCd4Toz5vul3TtMfx-suqgCJ"
    "kmWjRnyHiKiIpzQL9So8Ek\",\"dq\":\"rfnV0r5mWGEPC3_hbNtnWiM7BHne13tPpnIsanaFvKIrXVJgPYjkgpsfoSs6DparkWVIjK"
    "WK9khbQqUG8JhKsi1lF8ROfnKLvnWiixDuiSOreWsbFtz0NT4pXV7UKxA9tEgb_CXbQirF-Am-kT3gISJy2ezIY2dYZhvTOekH9u"
    "0\",\"qi\":\"zZzS2xEYs2bR4eZmSjtxpx8fnEuoU2IIuly_S9BXILUCT4TrhBRgf1fVcv-QILrURwPEew8Z1GdA7f52xWopcvwPCyb"
    "_ksNtN-1pIlcG_cr9bNdAfmkLiKD6cS2oIasIDGs0BJ9TG8f27iVUd8HcAOBKe6LFBaY6LFkU2lMfvG4\"}],\"orgd_refresh_key\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}";

const char keys_issuer[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"alg\":\"ES384\",\"use\":\"sig\",\"kid\":\"issuer\",\"x\":\"tEGJF1TSMT09XsqWCbJ"
    "wI2noikWeatv5ioaVol6ieysPAIvjdKuCUNLvMAEvrbIF\",\"y\":\"SKlv8KAW_7UjB03SgJVk3porlUuQrG_akDwXT0fqdAn_YFO0"
    "DaRrk8sbigaCHyhf\",\"d\":\"8gAvgBRQge0reH-3xsjJMvBCkdLZITq0z9po1UA08Ent4gPBgL7kgo-zY9X-5Jur\"},{\"kty\":\"RS"
    "A\",\"alg\":\"RS256\",\"use\":\"sig\",\"kid\":\"issuer-rsa\",\"n\":\"mJIv4Y2SgA4vB-garFuPyE5Q_Nmnrxx06KHIJya-5GNLVj9"
    "he5VKvsYrzAHrgZnbhGxxS1n5uOPDCz9VvSaIa7ZODtIVbxC20ElTrMzLuN2GZCa9alZ9r_Xv7NfVkk9YhPlQLULopnjRz4ZR57L"
    "HpWDTs2jWioUZOANED-SHyywSaJEthMQpxK23UNeIJKwNMLQgPL_RejHIo6NCjhOMo8lPZ53Nwh9QUf9K2Sb4EsHxLbEzW9Pfwa0"
    "sZ0RzFg2lrWFQwgKmRnW74VuJKBeW2OY4CXRmA7kB4IdW_7gphoD-42tCynEkiF7L2_BX6JaC5u_oFiWyJD3vGDLCX3Ck9Q\",\"e\""
    ":\"AQAB\",\"d\":\"At3Cmh4qwZuCm3qeZam8SpF0fAuRI7A8XtJxpcQ--dNtUUvhICbVDKVBO8fqQLkMCRgKDAklfXYdIYaP4DA4VK2"
    "yfoMvDxl-4oYK7sggjtlUJc8eGw1QHZCLo76grur54r88SyovbLeZ8w6DvP9i0mLxsM31AEBkq0seA2s4eEMIRU91_6ZU2aWBlFP"
    "4RF11iMP04xBqeqvH6isaKFvypHxP8BCxGjfkdd5m1mmvHAGFZ3aOWUeX_6HTlT3kvoS8XnDbosMJweth8Gu5FhjZDuVVFzbBKNO"
    "yiRLh3CwaFnjfdouKyOrZSYFNz3cepsDCJt7osqvLgWt4GuiySwzNAQ\",\"p\":\"xpuKr4jBZLSQhPTVyaAPQ-h9tzE78RLEx-Qdm6"
    "SRWrg0hj25cRCWuG601cQ-htnaC5NWk1DSLSieIe8aStjarWyBDB1KCZq3b2ZdP3HOKbxxyBg-pyMklk0u0jOebE_qVsPbQAJ8ss"
    "bMim8mVTk1bBFf7mefMxPCCON7ggMaeLE\",\"q\":\"xKj8KAEZSc7qyi5F_KkD2x38A3KK3-2xVK2YYX5HhICCEUcJi9QXlts12bcm"
    "K9bMqASnmOypRU5TElCZ281xPx6v7g704tWXPOKcf4-gRBP5Lko8J8J1x5GNza9qHH2qjEyD7I_kBGVg0_p8OLCAAcky6eInuly3"
    "Ie1a2R17QYU\",\"dp\":\"Q1V6mHaJ8qWRFbKYRKpiYoiRDqm_g8T0ODzrmNgbe6FWFWkZ1O5l2xOVdZ_5_ugfF6uVP464Ix1RN3oD9"
    "Po-cWuG-N95OXZd2IPg-2CPH_FGtisaGro8bkSuqg9cF6akcVQnojT1p_rkX869NUmXBhOB7abt_3gkYbUWK4b305E\",\"dq\":\"Bb"
    "_a_2Bo2NuPybFoomZekn1h7Mfgf4N3d75Lgi4q8RjAtLia8teUiPiHroHIP-fbu93G-JWSrVAI5bQti1uKQAopopAVYLxV25XUdX"
    "ZBfTwIQO4yrAbnYppCxwyl0YdrAQcLpFLgm7BLEGd2UkH2vBahwmy2NKCZSgiia06NV_E\",\"qi\":\"Abo6wo3sR0D8F34MUIHaYeB"
    "TeGtr9g3d_AxsfGLmeW1BDwjNuvxIplHllO0OVA2V7hT9DiymznOeXKkiStqwtq1KFqVP91-b9CbuF0qGJ92HiclWt0dqe_lR28E"
    "iQZu9kBbekNzxBxVeTPlYeq33YR8_hyoraHWo9eIfyfsbfAw\"}]}";

const char keys_stranger[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"use\":\"sig\",\"kid\":\"ours\",\"x\":\"XQ8mcBSBXlyMVqtg-dCNO"
    "xnNa34qhFPFrFeCs-szPGQ\",\"y\":\"PKOzCWP9KLDS6BU5eqLemK8ey5acohjB50wTTkuvZoE\",\"d\":\"PQ_0YoYN6jCLslvI10s9_"
    "TW56I0gFWoz56jt3qUviVk\"},{\"kty\":\"EC\",\"crv\":\"P-384\",\"alg\":\"ES384\",\"use\":\"sig\",\"kid\":\"issuer\",\"x\":\"VK3"
    "4Sw6oqrIA3quXotTcnsJINfPU6KmHidUyANhJN3XG-cf_bdv6PsDTp3gyPYHM\",\"y\":\"jfYN1a1NgiweqyVwLl7rpTUidxznIL6l"
    "lQMvFI4F3ugxqR3BnCHKuigyZ6ogt4bG\",\"d\":\"Pv4lUWeSH4sZyDcjXqbKMFVj1vZSkFfyiAHuLyJBtYW59ZOoGHsCEJeDT6qAL"
    "zsd\"}]}";

json_t *keys_open(const char *set, size_t index)
{
    json_t *parsed = json_loads(set, 0, NULL);
    json_t *key = json_incref(json_array_get(json_object_get(parsed, "keys"), index));

    assert(key != NULL);
    json_decref(parsed);
    return key;
}

static const char *member(const json_t *jws, const char *name)
{
    return json_string_value(json_object_get(jws, name));
}

/* libjose would write to stderr what it cannot sign. */
static void ignore(void *misc, const char *file, int line, uint64_t code, const char *format, va_list arguments)
{
    (void)misc;
    (void)file;
    (void)line;
    (void)code;
    (void)format;
    (void)arguments;
}

struct text keys_sign(struct arena *arena, const json_t *key, struct text header, struct text claims)
{
    jose_cfg_t *cfg = jose_cfg();
    json_t *protected = json_loadb(header.data, header.length, 0, NULL);
    json_t *payload = jose_b64_enc(claims.data, claims.length);
    json_t *jws = json_pack("{s:o}", "payload", payload);
    json_t *signature = json_pack("{s:o*}", "protected", protected);
    struct text token = {NULL, 0};

    jose_cfg_set_err_func(cfg, ignore, NULL);
    if (json_is_object(protected) && jose_jws_sig(cfg, jws, signature, key) && member(jws, "protected") != NULL)
        token = text_of(arena_printf(arena, "%s.%s.%s", member(jws, "protected"), member(jws, "payload"),
                                     member(jws, "signature")));
    json_decref(signature);
    json_decref(jws);
    jose_cfg_decref(cfg);
    return token;
}
