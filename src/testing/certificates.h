// For tests only: a certificate authority made on the spot, and certificates of it, as PEM files in
// a folder that goes away with it.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "testing/folder.h"

namespace teller {

class TestCertificates {
 public:
  struct Files {
    std::string certificate, key;
  };

  explicit TestCertificates(const std::string& name = "test CA")
      : ca_key_(EVP_EC_gen("P-256")), ca_(make(name, ca_key_, nullptr)) {
    write_certificate("ca.crt", ca_);
  }
  ~TestCertificates() {
    X509_free(ca_);
    EVP_PKEY_free(ca_key_);
  }
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  [[nodiscard]] std::string ca() const { return folder_.file("ca.crt"); }

  // For localhost and 127.0.0.1 as a server, and for `name` as a client.
  Files issue(const std::string& name) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = make(name, key, ca_);
    const Files files{folder_.file(name + ".crt"), folder_.file(name + ".key")};
    write_certificate(name + ".crt", certificate);
    FILE* out = open(files.key);
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return files;
  }

 private:
  X509* make(const std::string& name, EVP_PKEY* key, X509* issuer) {
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* signer = issuer != nullptr ? issuer : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, signer, certificate, nullptr, nullptr, 0);
    const auto extend = [&](int what, const char* value) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    };
    if (issuer == nullptr) {
      extend(NID_basic_constraints, "critical,CA:TRUE");
      extend(NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
      extend(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
      extend(NID_ext_key_usage, "serverAuth,clientAuth");
    }
    X509_sign(certificate, issuer != nullptr ? ca_key_ : key, EVP_sha256());
    return certificate;
  }
  static FILE* open(const std::string& path) {
    FILE* out = std::fopen(path.c_str(), "w");
    if (out == nullptr) throw std::runtime_error("cannot write " + path);
    return out;
  }
  void write_certificate(const std::string& name, X509* certificate) const {
    FILE* out = open(folder_.file(name));
    PEM_write_X509(out, certificate);
    std::fclose(out);
  }

  TestFolder folder_;
  long serial_ = 0;
  EVP_PKEY* ca_key_;
  X509* ca_;
};

}  // namespace teller
