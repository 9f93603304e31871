#pragma once
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

// Macros that Swift cannot import.

static inline EVP_PKEY *clibcrypto_generate_rsa(unsigned int bits) {
    return EVP_RSA_gen(bits);
}

static inline long clibcrypto_bio_contents(BIO *bio, char **bytes) {
    return BIO_get_mem_data(bio, bytes);
}
